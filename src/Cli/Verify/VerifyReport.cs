using System.Globalization;
using System.Text;
using System.Text.Json;
using Tidemark.Cli.Run;
using Tidemark.Core;

namespace Tidemark.Cli.Verify;

/// <summary>The verdict of a verification, for people and for programs.</summary>
/// <param name="stores">What was compared, done.</param>
/// <param name="totals">What became of the records.</param>
/// <param name="before">What the state told.</param>
internal sealed class VerifyReport(IReadOnlyList<StoreCheck> stores, RecordTotals? totals, CountedBefore before)
{
    private const int ShownDifferences = 30;
    private const int Gap = 2;

    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>Whether nothing differs of what was compared, and anything was.</summary>
    public bool IsEqual => ComparedAnything && stores.All(store => store.DifferenceCount == 0);

    /// <summary>Whether any window was compared.</summary>
    public bool ComparedAnything => stores.Any(store => store.Compared.Count > 0);

    /// <summary>Why no window was compared, for a person.</summary>
    public string WhyNothing => totals is null or { Counted: 0 }
        ? "nothing was compared: no event of the sources could be counted"
        : stores.Any(store => store.NotJudged > 0)
            ? "nothing was compared: all windows lie at the ends of the sources, where others may have added to them. "
                + "Give all sources that were counted, in their order"
            : "nothing was compared: no window lies in that range";

    /// <summary>Writes a line when all is equal, else tables of what is not.</summary>
    public void WriteText(Stream output)
    {
        StringBuilder text = new();
        if (!ComparedAnything)
        {
            return;
        }

        if (IsEqual)
        {
            text.Append(Culture, $"equal: {string.Join("; ", stores.Select(Compared))} as recounted from {Records()}{Aside()}\n");
        }
        else
        {
            foreach (StoreCheck store in stores)
            {
                AddStore(text, store);
            }

            text.Append(Culture, $"recounted from {Records()}{Aside()}\n");
            if (before.Summary is { } summary && before.Coverage.IsWhole)
            {
                text.Append(Culture, $"the state counted {summary.Read:N0} records = {summary.Counted:N0} counted + {summary.Late:N0} late + ")
                    .Append(Culture, $"{summary.Rejected:N0} rejected\n");
            }
        }

        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        output.Flush();
    }

    /// <summary>Writes one JSON object, and a line end.</summary>
    public void WriteJson(Stream output) => IndentedJson.Write(output, WriteJson);

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteBoolean("equal", IsEqual);
        json.WriteBoolean("whole", before.Coverage.IsWhole);
        json.WriteStartObject("records");
        json.WriteNumber("read", totals?.Read ?? 0);
        json.WriteNumber("counted", totals?.Counted ?? 0);
        json.WriteNumber("late", totals?.Late ?? 0);
        json.WriteNumber("rejected", totals?.Rejected ?? 0);
        json.WriteEndObject();
        json.WriteStartArray("stores");
        foreach (StoreCheck store in stores)
        {
            Write(json, store);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, StoreCheck store)
    {
        json.WriteStartObject();
        json.WriteString("name", store.Name);
        json.WriteStartObject("windows");
        foreach ((string family, long count) in store.Compared.OrderBy(family => family.Key, StringComparer.Ordinal))
        {
            json.WriteNumber(family, count);
        }

        json.WriteEndObject();
        json.WriteNumber("differentWindows", store.DifferentWindows);
        json.WriteNumber("notJudged", store.NotJudged);
        json.WriteNumber("forgotten", store.Forgotten);
        json.WriteNumber("differenceCount", store.DifferenceCount);
        json.WriteStartArray("differences");
        foreach (Difference difference in store.Differences)
        {
            json.WriteStartObject();
            json.WriteString("window", difference.Family);
            json.WriteString("start", TimeText.Format(difference.Window.StartMs));
            json.WriteString("end", TimeText.Format(difference.Window.EndMs));
            json.WriteString("column", difference.Column);
            json.WriteString("stored", difference.Stored);
            json.WriteString("recounted", difference.Recounted);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Compared(StoreCheck store)
    {
        string families = string.Join(", ", store.Compared.OrderBy(family => family.Key, StringComparer.Ordinal).Select(Family));
        string list = families.Length > 0 ? $" ({families})" : "";
        return string.Create(Culture, $"{store.Compared.Values.Sum():N0} windows in {Printable.Escape(store.Name)}{list}");

        static string Family(KeyValuePair<string, long> family) => string.Create(Culture, $"{family.Value:N0} x {family.Key}");
    }

    private string Records() => totals is null
        ? "no records"
        : string.Create(Culture, $"{totals.Read:N0} records = {totals.Counted:N0} counted + {totals.Late:N0} late + {totals.Rejected:N0} rejected");

    private string Aside()
    {
        List<string> asides = [];
        long notJudged = stores.Max(store => store.NotJudged);
        if (notJudged > 0)
        {
            asides.Add(string.Create(Culture, $"{notJudged:N0} windows at the ends of the sources are not judged"));
        }

        asides.AddRange(stores.Where(store => store.Forgotten > 0)
            .Select(store => string.Create(Culture, $"{store.Forgotten:N0} windows are no longer in {Printable.Escape(store.Name)}")));
        return string.Concat(asides.Select(aside => "; " + aside));
    }

    private static void AddStore(StringBuilder text, StoreCheck store)
    {
        if (store.DifferenceCount == 0)
        {
            text.Append(Culture, $"equal: {Compared(store)}\n");
            return;
        }

        text.Append(Culture, $"different: {store.DifferentWindows:N0} of {Compared(store)}\n");
        string[] titles = ["window", TableFormat.StartTitle, "end (UTC)", "column", "stored", "recounted"];
        List<string[]> rows = [titles, .. store.Differences.Take(ShownDifferences).Select(Row)];
        int[] widths = [.. rows[0].Select((_, column) => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            TableFormat.AppendLine(text, row, widths, leftAligned: 4, Gap);
        }

        if (store.DifferenceCount > ShownDifferences)
        {
            text.Append(Culture, $"and {store.DifferenceCount - ShownDifferences:N0} more\n");
        }
    }

    private static string[] Row(Difference difference) =>
    [
        difference.Family, TableFormat.Time(difference.Window.StartMs), TableFormat.Time(difference.Window.EndMs),
        difference.Column, difference.Stored, difference.Recounted,
    ];
}
