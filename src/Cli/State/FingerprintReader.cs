using System.Globalization;
using Tidemark.Cli.Configuration;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Cli.State;

/// <summary>Makes a configuration of a <see cref="Fingerprint"/>: the numbers that were decided under it can be decided again.</summary>
internal static class FingerprintReader
{
    private const string Slide = " by ", Step = " in steps of ", Offset = " from ";

    /// <summary>The options in all that decides a number. What does not has its default.</summary>
    /// <exception cref="InvalidDataException">It is of a later version, or no fingerprint.</exception>
    public static EngineOptions Options(IReadOnlyDictionary<string, string> fingerprint)
    {
        EngineOptions defaults = new();
        IReadOnlyDictionary<string, string> known = Fingerprint.Of(defaults);
        if (fingerprint.Keys.FirstOrDefault(key => !known.ContainsKey(key)) is { } later)
        {
            throw new InvalidDataException($"the configuration of the state has {later}, which this version of tidemark does not know");
        }

        string Value(string key) => fingerprint.GetValueOrDefault(key, known[key]);
        EngineOptions options = defaults with
        {
            Windows = [.. Value("windows").Split(", ").Select(Window)],
            MaxOutOfOrderness = Duration(Value("maxOutOfOrderness")),
            AllowedLateness = Duration(Value("allowedLateness")),
            MaxFutureSkew = Duration(Value("maxFutureSkew")),
            MaxJump = Value("maxJump") == "off" ? null : Duration(Value("maxJump")),
            ExactUsersLimit = Number(Value("exactUsersLimit")),
            TopPages = Number(Value("topPages")),
            TopPagesCapacity = Number(Value("topPagesCapacity")),
            BreakdownCapacity = Number(Value("breakdownCapacity")),
            EmitEmptyWindows = Value("emitEmptyWindows") == "true",
            Input = Input(Value("input")) with { Sessions = Sessions(Value("sessions")) },
        };
        if (options.Validate() is { Count: > 0 } mistakes)
        {
            throw Unreadable(string.Join("; ", mistakes));
        }

        // Whatever is not read back here must not be taken for its default.
        return Fingerprint.Differences(fingerprint, options) is { Count: > 0 } unread ? throw Unreadable(string.Join("; ", unread)) : options;
    }

    /// <summary>A window as the fingerprint has it: <c>5min 5min by 1min from 10s</c>.</summary>
    private static WindowDefinition Window(string text)
    {
        string? offset = Cut(ref text, Offset);
        string? step = Cut(ref text, Step);
        string? slide = Cut(ref text, Slide);
        string[] name = text.Split(' ');
        return name.Length != 2 ? throw Unreadable(text) : new WindowDefinition
        {
            Name = name[0],
            Size = Duration(name[1]),
            Slide = slide is null ? null : Duration(slide),
            Step = step is null ? null : Duration(step),
            Offset = offset is null ? TimeSpan.Zero : Duration(offset),
        };
    }

    /// <summary>Takes what stands behind a word off the end of a text; null when the word does not stand there.</summary>
    private static string? Cut(ref string text, string word)
    {
        int at = text.LastIndexOf(word, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        string cut = text[(at + word.Length)..];
        text = text[..at];
        return cut;
    }

    private static InputOptions Input(string text)
    {
        List<string> mistakes = [];
        InputOptions input = InputJson.Read(text, mistakes);
        return mistakes.Count == 0 ? input : throw Unreadable(string.Join("; ", mistakes));
    }

    private static SessionOptions? Sessions(string text)
    {
        try
        {
            return SessionsConfig.Parse(text);
        }
        catch (FormatException error)
        {
            throw Unreadable(error.Message);
        }
    }

    private static TimeSpan Duration(string text) => Durations.TryParse(text, out TimeSpan duration, out _) ? duration : throw Unreadable(text);

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Unreadable(text);

    private static InvalidDataException Unreadable(string what) => new($"the configuration of the state cannot be read: {what}");
}
