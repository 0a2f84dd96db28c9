using System.Globalization;
using System.Text.Json;
using Tidemark.Cli.Configuration;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Windows;

namespace Tidemark.Cli.State;

/// <summary>
/// What of a configuration decides numbers, as texts by the keys of docs/CONFIGURATION.md. A state can go on only under the one that it was
/// made under: half of a window counted one way and half another would be neither.
/// </summary>
internal static class Fingerprint
{
    /// <summary>The fingerprint of a configuration.</summary>
    public static IReadOnlyDictionary<string, string> Of(EngineOptions options) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["windows"] = string.Join(", ", options.Windows.Select(Text)),
        ["maxOutOfOrderness"] = Durations.Format(options.MaxOutOfOrderness),
        ["allowedLateness"] = Durations.Format(options.AllowedLateness),
        ["maxFutureSkew"] = Durations.Format(options.MaxFutureSkew),
        ["maxJump"] = options.MaxJump is { } jump ? Durations.Format(jump) : "off",
        ["exactUsersLimit"] = options.ExactUsersLimit.ToString(CultureInfo.InvariantCulture),
        ["topPages"] = options.TopPages.ToString(CultureInfo.InvariantCulture),
        ["topPagesCapacity"] = options.TopPagesCapacity.ToString(CultureInfo.InvariantCulture),
        ["breakdownCapacity"] = options.BreakdownCapacity.ToString(CultureInfo.InvariantCulture),
        ["input"] = InputJson.Write(options.Input),
        ["sessions"] = SessionsConfig.Write(options.Sessions),
        ["emitEmptyWindows"] = options.EmitEmptyWindows ? "true" : "false",
    };

    /// <summary>
    /// Every key whose value is another now, with both. A key that a state does not know came later and had its default then; one that is
    /// not known now is a difference.
    /// </summary>
    public static IReadOnlyList<string> Differences(IReadOnlyDictionary<string, string> then, EngineOptions options)
    {
        IReadOnlyDictionary<string, string> now = Of(options);
        IReadOnlyDictionary<string, string> defaults = Of(new EngineOptions());
        return
        [
            .. now.Where(pair => then.GetValueOrDefault(pair.Key, defaults[pair.Key]) != pair.Value)
                .Select(pair => $"{pair.Key}: {then.GetValueOrDefault(pair.Key, defaults[pair.Key])} in the state, {pair.Value} now"),
            .. then.Where(pair => !now.ContainsKey(pair.Key)).Select(pair => $"{pair.Key}: {pair.Value} in the state, unknown now"),
        ];
    }

    /// <summary>Writes a fingerprint as an object.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyDictionary<string, string> fingerprint)
    {
        json.WriteStartObject();
        foreach ((string key, string value) in fingerprint)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static IReadOnlyDictionary<string, string> Read(JsonElement json) =>
        json.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetString() ?? "", StringComparer.Ordinal);

    private static string Text(WindowDefinition window)
    {
        string kind = window.Slide is { } slide ? $" by {Durations.Format(slide)}" : window.Step is { } step
            ? $" in steps of {Durations.Format(step)}"
            : "";
        string offset = window.Offset > TimeSpan.Zero ? $" from {Durations.Format(window.Offset)}" : "";
        return $"{window.Name} {Durations.Format(window.Size)}{kind}{offset}";
    }
}
