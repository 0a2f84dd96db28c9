using System.Globalization;
using System.Text;

namespace Tidemark.Simulation.Shrink;

/// <summary>Prints a plan.</summary>
internal static class PlanText
{
    private const int MaxRecords = 20;

    public static string Describe(Plan plan, IEnumerable<string> injected)
    {
        StringBuilder text = new();
        IEnumerable<string> windows = plan.Oracle.Windows.Select(window => $"{window.Name} {window.SizeMs} ms"
            + (window.SlideMs is { } slide ? $" by {slide}" : "") + (window.StepMs is { } step ? $" in steps of {step}" : ""));
        text.AppendLine(CultureInfo.InvariantCulture, $"  windows     {string.Join(", ", windows)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  lateness    {plan.Oracle.AllowedLatenessMs} ms, "
            + $"out of order {plan.Oracle.MaxOutOfOrdernessMs} ms, idle after {plan.Engine.IdleTimeout}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  partitions  {plan.Partitions}, processes {plan.Instances}, batches up "
            + $"to {plan.MaxBatch}, clocks wrong by up to {plan.Skew}, long delay {plan.Faults.LongDelay}, {plan.Faults.Commit}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  faults      {string.Join(' ', injected)}, until {plan.FaultsEndMs} ms");
        foreach (Injection injection in plan.Injections.Where(injection => !plan.Off.Contains(injection.Kind.ToString())))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  planned     {injection}");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"  records     {plan.Records.Count}");
        foreach (PlannedRecord record in plan.Records.Take(MaxRecords))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {record.AtMs,7} ms  p{record.Partition} {Encoding.UTF8.GetString(record.Value)}");
        }

        return text.ToString();
    }
}
