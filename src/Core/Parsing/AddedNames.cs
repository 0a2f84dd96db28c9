using System.Text;
using System.Text.RegularExpressions;
using Tidemark.Core.Results;

namespace Tidemark.Core.Parsing;

/// <summary>The rules for breakdowns and counters that the configuration adds: how many there may be, and what they may be called.</summary>
internal static partial class AddedNames
{
    private const string Form = "1 to 40 of a-z, 0-9 and _, beginning with a letter";

    /// <summary>Names of columns, of dimensions, and what stands beside the columns: folders of the lake, a member in Redis.</summary>
    private static readonly HashSet<string> Reserved =
    [
        .. ResultColumns.All.SelectMany(column => (string?[])[column.Name, column.Group]).OfType<string>(),
        .. ResultColumns.All.OfType<MapColumn>()
            .SelectMany(map => (string?[])[map.Dimension, map.Greatest?.Key, map.Greatest?.Count]).OfType<string>(),
        .. ResultColumns.Sessions.Select(column => column.Name),
        ResultColumns.RevenueByCurrencyName, "emitted_at", "date", "hour", "family",
    ];

    /// <summary>Whether an added breakdown or counter can have a name, as far as its form tells.</summary>
    public static bool HasForm(string name) => NameForm().IsMatch(name) && !name.EndsWith(ResultColumns.ErrorSuffix, StringComparison.Ordinal);

    /// <summary>Adds every mistake.</summary>
    public static void Check(InputOptions options, List<string> mistakes)
    {
        CheckNumber("breakdowns", options.Breakdowns.Count, mistakes);
        CheckNumber("counters", options.Counters.Count, mistakes);
        HashSet<string> known = new(StringComparer.Ordinal);
        for (int i = 0; i < options.Breakdowns.Count; i++)
        {
            CheckName($"breakdowns[{i}].name", options.Breakdowns[i].Name, known, mistakes);
        }

        for (int i = 0; i < options.Counters.Count; i++)
        {
            CheckName($"counters[{i}].name", options.Counters[i].Name, known, mistakes);
            if (Encoding.UTF8.GetByteCount(options.Counters[i].EventType) is var bytes and (0 or > EventKey.MaxBytes))
            {
                mistakes.Add($"counters[{i}].when: expected an event type of 1 to {EventKey.MaxBytes} bytes, got {bytes}");
            }
        }
    }

    private static void CheckNumber(string key, int count, List<string> mistakes)
    {
        if (count > InputOptions.MaxAdded)
        {
            mistakes.Add($"{key}: expected at most {InputOptions.MaxAdded}, got {count}");
        }
    }

    private static void CheckName(string key, string name, HashSet<string> known, List<string> mistakes)
    {
        string? expected = !NameForm().IsMatch(name) ? Form
            : !HasForm(name) ? $"a name that does not end in {ResultColumns.ErrorSuffix}, as error bounds do"
            : Reserved.Contains(name) ? "a name that results do not have already"
            : !known.Add(name) ? "a name that no other added breakdown or counter has" : null;
        if (expected is not null)
        {
            mistakes.Add($"{key}: expected {expected}, got '{JsonExcerpt.Of(name)}'");
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,39}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameForm();
}
