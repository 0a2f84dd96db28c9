using Tidemark.Cli.Terminal;

namespace Tidemark.Cli.Query;

/// <summary>Numbers as a line of small bars.</summary>
internal static class Sparkline
{
    /// <summary>
    /// One bar per number, from the least (lowest) to the greatest; all lowest when they are equal. More numbers than bars are averaged in
    /// groups.
    /// </summary>
    /// <param name="values">The numbers, in order.</param>
    /// <param name="width">Most bars, 1 or more.</param>
    /// <param name="isUtf8">Whether the screen shows blocks.</param>
    public static string Of(IReadOnlyList<double> values, int width, bool isUtf8 = true)
    {
        int count = Math.Min(values.Count, width);
        double[] groups = new double[count];
        for (int i = 0; i < count; i++)
        {
            int from = (int)((long)i * values.Count / count);
            int to = (int)((long)(i + 1) * values.Count / count);
            groups[i] = values.Skip(from).Take(to - from).Average();
        }

        double least = groups.Length == 0 ? 0 : groups.Min();
        double range = groups.Length == 0 ? 0 : groups.Max() - least;
        return string.Concat(groups.Select(value =>
            Bars.Standing(range <= 0 ? 1 : 1 + (int)Math.Round((value - least) / range * (Bars.Levels - 1)), isUtf8)));
    }
}
