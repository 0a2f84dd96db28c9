using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tidemark.Cli.Configuration;
using Tidemark.Cli.Kafka;
using Tidemark.Core;

namespace Tidemark.Cli.Generate;

/// <summary>The options of <c>tidemark generate</c>. All are texts to the parser, so that every mistake is found and told at once.</summary>
internal sealed class GenerateArguments
{
    private static readonly GeneratorOptions Defaults = new() { Events = 1, Start = DateTimeOffset.UnixEpoch };

    private static readonly string[] StartFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    private readonly Option<string> _events =
        WithoutDefault("--events", "N", "Required. How many events to write: a number, or one like 10k, 2M or 1.5G.");

    private readonly Option<string> _out = WithoutDefault("--out", $"PATH|-|{KafkaAddress.TargetForm}",
        "Required. The file to write, or - for standard output. A name that ends in .gz is compressed. "
            + "An existing file is replaced once all events are written. Or a topic: each event once, keyed "
        + "by its user, with its arrival as timestamp, as lz4; after ? any property of librdkafka.");

    private readonly Option<string> _config = WithoutDefault("--config", "FILE",
        "For a topic: 'kafka' of this file has properties of librdkafka, such as for TLS and login (docs/CONFIGURATION.md); "
            + $"the password is taken from {KafkaSettings.PasswordVariable}.");

    private readonly Option<string> _users = WithDefault("--users", "N", Defaults.Users,
        "How many different users there are. Some are heavy, and all appear after about 16 events per user.");

    private readonly Option<string> _pages = WithDefault("--pages", "N", Defaults.Pages,
        "How many different pages there are. Few are viewed often, many rarely.");

    private readonly Option<string> _rate = WithDefault("--rate", "N", Defaults.EventsPerSecond,
        "Events per second of event time, on average: single minutes have up to 30 % more or fewer. "
            + "A file is written as fast as it can be. A topic too, unless this is given "
        + "and --start is not: then each event is sent when it arrives, from now on.");

    private readonly Option<string> _start = new("--start")
    {
        HelpName = "TIME",
        Description = "When the first event arrives, such as 2026-11-22T06:00:00Z. "
            + "[default: so that the last event arrives now; to a topic with --rate now]",
    };

    private readonly Option<string> _late = WithDefault("--late-percent", "P", Defaults.LatePercent,
        "Percent of events that come minutes late: half by 70 s to 5 min, which corrects windows that were closed, half by 6.5 to 16 min, "
        + "which is too late to count.");

    private readonly Option<string> _bad = WithDefault("--bad-percent", "P", Defaults.BadPercent,
        "Percent of lines that are broken or odd: no JSON, no object, without timestamp or type, with a bad timestamp or one far in the "
        + "future; one in eight is odd but counts.");

    private readonly Option<string> _duplicate = WithDefault("--duplicate-percent", "P", Defaults.DuplicatePercent,
        "Percent of lines that repeat a recent line exactly. Each counts as an event of its own.");

    private readonly Option<string> _disorder =
        WithDefault("--disorder", "DURATION", Durations.Format(TimeSpan.FromMilliseconds(Defaults.DisorderMs)),
        "How long an event may be under way before it arrives, such as 500ms or 5s: one in five is delayed, few by that much.");

    private readonly Option<string> _seed = WithDefault("--seed", "N", Defaults.Seed, "Another number gives another stream of the same kind.");

    /// <summary>Every option, in the order of the help.</summary>
    public IEnumerable<Option> All => [_events, _out, _users, _pages, _rate, _start, _late, _bad, _duplicate, _disorder, _seed, _config];

    /// <summary>Reads all options. What cannot be read is replaced by a default, so that the rest is checked as well.</summary>
    public (GeneratorOptions Options, GenerateTarget Target, IReadOnlyList<string> Mistakes) Read(CommandResult result, CommandContext context)
    {
        var mistakes = new List<string>();
        string path = result.TextOf(_out) ?? OutputTarget.StandardOutputPath;

        // The parser itself would tell of a missing option only when nothing else is wrong.
        result.RequiredTextOf(_events, mistakes);
        result.RequiredTextOf(_out, mistakes);

        var options = new GeneratorOptions
        {
            Events = Count(result, _events, 1, mistakes),
            Start = DateTimeOffset.UnixEpoch,
            Users = Small(result, _users, Defaults.Users, mistakes),
            Pages = Small(result, _pages, Defaults.Pages, mistakes),
            EventsPerSecond = Small(result, _rate, Defaults.EventsPerSecond, mistakes),
            LatePercent = Percent(result, _late, Defaults.LatePercent, mistakes),
            BadPercent = Percent(result, _bad, Defaults.BadPercent, mistakes),
            DuplicatePercent = Percent(result, _duplicate, Defaults.DuplicatePercent, mistakes),
            DisorderMs = Disorder(result, mistakes),
            Seed = Seed(result, mistakes),
        };
        bool isPaced = KafkaAddress.IsMeant(path) && result.TextOf(_rate) is not null && result.TextOf(_start) is null;
        options = WithStart(options, result.TextOf(_start), isPaced, context.Time, mistakes);
        mistakes.AddRange(options.Validate().Select(mistake => mistake.Describe(NameOf(mistake.Option))));
        return (options, new GenerateTarget(path, Topic(result, path, context, mistakes), isPaced), mistakes);
    }

    private KafkaSettings? Topic(CommandResult result, string path, CommandContext context, List<string> mistakes)
    {
        string? config = result.TextOf(_config);
        if (!KafkaAddress.IsMeant(path))
        {
            if (config is not null)
            {
                mistakes.Add($"{_config.Name}: expected an {_out.Name} that is a topic (kafka://...), got '{path}': it needs no configuration");
            }

            return null;
        }

        mistakes.AddRange(ConfigFile.Read(config, out _, out _, out IReadOnlyDictionary<string, string> kafka));
        return KafkaArgument.Complete(_out.Name, KafkaArgument.Parse(_out.Name, path, isSource: false, mistakes), kafka, context, mistakes);
    }

    private static GeneratorOptions WithStart(GeneratorOptions options, string? text, bool isPaced, TimeProvider time, List<string> mistakes)
    {
        if (text is null && isPaced)
        {
            return options with { Start = time.GetUtcNow() };
        }

        if (text is null)
        {
            // Only usable options say how long the stream is; others are refused whatever the start.
            return options.Validate().Count == 0 ? options.EndingAt(time.GetUtcNow()) : options;
        }

        if (DateTimeOffset.TryParseExact(text, StartFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset start))
        {
            return options with { Start = start };
        }

        mistakes.Add($"--start: expected a time such as 2026-11-22T06:00:00Z, got '{text}'");
        return options;
    }

    private static long Count(CommandResult result, Option<string> option, long fallback, List<string> mistakes)
    {
        string? text = result.TextOf(option);
        if (string.IsNullOrEmpty(text))
        {
            return fallback;
        }

        if (Counts.TryParse(text, out long count, out string? mistake))
        {
            return count;
        }

        mistakes.Add($"{option.Name}: {mistake}");
        return fallback;
    }

    // What does not fit is out of range in any case.
    private static int Small(CommandResult result, Option<string> option, int fallback, List<string> mistakes) =>
        (int)Math.Clamp(Count(result, option, fallback, mistakes), int.MinValue, int.MaxValue);

    private static double Percent(CommandResult result, Option<string> option, double fallback, List<string> mistakes)
    {
        string? text = result.TextOf(option);
        if (text is null)
        {
            return fallback;
        }

        if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
        {
            return value;
        }

        mistakes.Add($"{option.Name}: expected a percentage such as 0.5, got '{text}'");
        return fallback;
    }

    private long Disorder(CommandResult result, List<string> mistakes)
    {
        string? text = result.TextOf(_disorder);
        if (text is null)
        {
            return Defaults.DisorderMs;
        }

        if (Durations.TryParse(text, out TimeSpan value, out string? mistake))
        {
            return value.Ticks / TimeSpan.TicksPerMillisecond;
        }

        mistakes.Add($"{_disorder.Name}: {mistake}");
        return Defaults.DisorderMs;
    }

    private ulong Seed(CommandResult result, List<string> mistakes)
    {
        string? text = result.TextOf(_seed);
        if (text is null)
        {
            return Defaults.Seed;
        }

        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            return seed;
        }

        mistakes.Add($"{_seed.Name}: expected a whole number from 0 to {ulong.MaxValue}, got '{text}'");
        return Defaults.Seed;
    }

    private static string NameOf(string property) => property switch
    {
        nameof(GeneratorOptions.Events) => "--events",
        nameof(GeneratorOptions.Users) => "--users",
        nameof(GeneratorOptions.Pages) => "--pages",
        nameof(GeneratorOptions.EventsPerSecond) => "--rate",
        nameof(GeneratorOptions.Start) => "--start",
        nameof(GeneratorOptions.DisorderMs) => "--disorder (in milliseconds)",
        nameof(GeneratorOptions.LatePercent) => "--late-percent",
        nameof(GeneratorOptions.DuplicatePercent) => "--duplicate-percent",
        nameof(GeneratorOptions.BadPercent) => "--bad-percent",
        _ => "--late-percent + --duplicate-percent + --bad-percent",
    };

    private static Option<string> WithoutDefault(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };

    private static Option<string> WithDefault(string name, string value, IFormattable number, string description) =>
        WithDefault(name, value, number.ToString(null, CultureInfo.InvariantCulture), description);

    private static Option<string> WithDefault(string name, string value, string text, string description) =>
        new(name) { HelpName = value, Description = description, DefaultValueFactory = _ => text };
}
