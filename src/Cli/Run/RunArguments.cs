using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tidemark.Cli.Configuration;
using Tidemark.Cli.Dashboard;
using Tidemark.Cli.Kafka;
using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Run;

/// <summary>The options of <c>tidemark run</c>. All are texts to the parser, so that every mistake is found and told at once.</summary>
internal sealed class RunArguments
{
    private const int MaxThreads = 64;

    private readonly Option<string[]> _source = new("--source", "-s")
    {
        HelpName = $"PATH|DIR|GLOB|-|{KafkaAddress.TargetForm}",
        Description = "Required, repeatable. Events, one JSON object per line or in a JSON array: files, plain or "
            + "compressed by gzip, zstd or bzip2, directories, patterns, pipes, or - for stdin; read one after the other in the order given, "
            + "as one stream. Or one topic, one JSON object per value, all its partitions; "
            + "after ? also start=earliest|latest for partitions that are new to the state, gap=stop|skip, and any "
            + $"property of librdkafka; the password is taken from {KafkaSettings.PasswordVariable}, the rest of a login from --config.",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _merge = new("--merge")
    {
        Description = "Read the sources side by side: one stream that was cut by server. The watermark is the lowest of theirs.",
    };

    private readonly Option<bool> _follow = new("--follow")
    {
        Description = "Wait for more at the end of the last file (with --merge of each), "
            + "and go on with the next one when it is rotated, emptied or replaced, as tail -F does.",
    };

    private readonly Option<string?> _state = new("--state")
    {
        HelpName = "DIR|off",
        Description =
            "Where it is remembered what was counted, so that the next start goes on where this one stops, however it stops (docs/STATE.md). "
            + "[default: _state in the lake if that is a directory; else off]",
    };

    private readonly Option<string?> _lake = new("--lake")
    {
        HelpName = "DIR",
        Description = $"Write one Parquet file per window below this directory, which is made if need be, or in {LakeArgument.InAzure}.",
    };

    private readonly Option<string?> _redis = RedisArgument.Create(
        "Publish results to this Redis for dashboards, open windows up to 20 times a second (docs/REDIS.md).");

    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON result per line on stdout." };

    private readonly Option<string?> _deadLetters = new("--dead-letters")
    {
        HelpName = $"PATH|{KafkaAddress.TargetForm}",
        Description = "Write what could not be counted to this file, one JSON object per line, "
            + "or to this topic, as it came, with headers: reason, source, partition, offset (lines from 0), "
            + "for late events the window they missed, and the bytes as they came. Letters are added to an existing file, "
            + "each once; without a state, and on files, they replace it. [default: only counted]",
    };

    private readonly Option<string?> _config = new("--config")
    {
        HelpName = "FILE",
        Description = "Windows, lateness and limits as JSON (docs/CONFIGURATION.md). [default: windows of 1 min, 5 min sliding by 1 min and 1 hour; "
            + "10 s of disorder; corrections for 5 min]",
    };

    private readonly Option<string?> _maxRejected = new("--max-rejected")
    {
        HelpName = "PERCENT",
        Description = "Exit 1 when more than this share of the records was rejected, "
            + "or of the events late, or of the purchases without an amount, such as 1%. "
            + "Whatever it is, a run that counted none of its records exits 1.",
    };

    private readonly Option<string?> _schema = new("--schema")
    {
        HelpName = "NAME",
        Description = $"Read events that another tool wrote: {string.Join(", ", KnownSchemas.Names)} (docs/INPUT.md). "
            + "Takes the place of the configuration's schema.",
    };

    private readonly Option<string?> _now = new("--now")
    {
        HelpName = "TIME",
        Description = "When the events are taken to have arrived, such as 2026-11-22T06:00:00Z; "
            + "one whose time is later than this by more than maxFutureSkew "
            + "(5 min) is rejected. [default: for a file the start of the run, "
            + "on a pipe the clock when an event comes, in a topic the record's timestamp]",
    };

    private readonly Option<string> _threads = new("--threads")
    {
        HelpName = "N",
        Description = $"Threads that read and parse, 1 to {MaxThreads}. No result depends on it.",
        DefaultValueFactory = _ => JobTuning.Default.Threads.ToString(CultureInfo.InvariantCulture),
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Description = "No progress and no summary: stderr has only what went wrong.",
    };

    private readonly Option<string?> _dashboard = DashboardArgument.Create("off");

    public RunArguments()
    {
        _schema.CompletionSources.Add([.. KnownSchemas.Names]);
        _dashboard.CompletionSources.Add("off");
    }

    /// <summary>Every option, in the order of the help.</summary>
    public IEnumerable<Option> All =>
        [_source, _merge, _follow, _lake, _state, _redis, _json, _deadLetters, _config, _schema, _maxRejected, _now, _threads, _dashboard, _quiet];

    /// <summary>Reads all options and the configuration. What cannot be read is replaced by a default, so that the rest is checked as well.</summary>
    public (RunOptions Run, EngineOptions Engine, IReadOnlyList<string> Mistakes) Read(CommandResult result, CommandContext context)
    {
        List<string> mistakes = [];
        IReadOnlyList<string> sources = Sources(result, mistakes);
        KafkaAddress? topic = Topic(result, sources, mistakes);
        string? lake = result.TextOf(_lake, mistakes);
        mistakes.AddRange(LakeArgument.Mistakes(lake, context));
        RunOptions run = new(
            sources,
            lake,
            result.FlagOf(_json),
            DeadLetters(result, sources, mistakes),
            result.TimeOf(_now, mistakes),
            JobTuning.Default with { Threads = Threads(result, mistakes) })
        {
            MaxRejected = MaxRejected(result, mistakes), State = State(result, lake, mistakes),
            Merges = result.FlagOf(_merge), Follows = result.FlagOf(_follow), IsQuiet = result.FlagOf(_quiet),
            Dashboard = DashboardArgument.Read(result, _dashboard, null, mistakes),
        };
        mistakes.AddRange(ConfigFile.Read(
            result.TextOf(_config, mistakes), out EngineOptions engine, out RedisOptions redis, out IReadOnlyDictionary<string, string> kafka));
        engine = SessionsConfig.WithKey(engine, context, mistakes);
        if (result.TextOf(_schema, mistakes) is { } schema)
        {
            if (KnownSchemas.Names.Contains(schema))
            {
                engine = engine with { Input = engine.Input with { Schema = schema } };
            }
            else
            {
                mistakes.Add($"{_schema.Name}: expected one of {string.Join(", ", KnownSchemas.Names)}, got '{schema}'"
                    + NearNames.Hint(schema, KnownSchemas.Names));
            }
        }

        if (topic is not null)
        {
            run = run with { Topic = KafkaArgument.Complete(_source.Name, topic, kafka, context, mistakes) };
        }

        if (KafkaAddress.IsMeant(run.DeadLetters))
        {
            KafkaAddress letters = KafkaArgument.Parse(_deadLetters.Name, run.DeadLetters!, isSource: false, mistakes);
            if (letters.Name == topic?.Name)
            {
                mistakes.Add($"{_deadLetters.Name}: expected another topic than {_source.Name}: letters would be read as events");
            }

            run = run with { DeadLetters = letters.Name, DeadLetterTopic = KafkaArgument.Complete(
                _deadLetters.Name, letters, kafka, context, mistakes) };
        }

        if (result.TextOf(_redis, mistakes) is { } endpoint)
        {
            mistakes.AddRange(RedisArgument.Complete(endpoint, redis, context, out redis));
            run = run with { Redis = redis };
        }

        return (run, engine, mistakes);
    }

    private IReadOnlyList<string> Sources(CommandResult result, List<string> mistakes)
    {
        IReadOnlyList<string> sources = result.RequiredTextsOf(_source, mistakes);
        if (result.FlagOf(_follow) && sources is [.., SourcePaths.StandardInput] && !sources.Contains(""))
        {
            mistakes.Add($"{_follow.Name}: expected a file as the last {_source.Name}, got '-': stdin is read until it ends anyway");
        }

        return sources;
    }

    /// <summary>The topic that is read, if it is one. Nothing else is read with it.</summary>
    private KafkaAddress? Topic(CommandResult result, IReadOnlyList<string> sources, List<string> mistakes)
    {
        if (sources.FirstOrDefault(KafkaAddress.IsMeant) is not { } text)
        {
            return null;
        }

        if (sources.Count > 1)
        {
            mistakes.Add($"{_source.Name}: expected one topic and nothing else, "
                + $"got {sources.Count} sources: run one command for each, with a --lake of its own");
        }

        foreach (Option<bool> option in new[] { _follow, _merge }.Where(option => result.FlagOf(option)))
        {
            mistakes.Add($"{option.Name}: expected files, got a topic: it is followed anyway, and its partitions are read side by side");
        }

        return KafkaArgument.Parse(_source.Name, text, isSource: true, mistakes);
    }

    private string? State(CommandResult result, string? lake, List<string> mistakes) => result.TextOf(_state, mistakes) switch
    {
        "off" => null,
        null => lake is null || AzureRoot.IsMeant(lake) ? null : Runner.StateOf(lake),
        { } directory => directory,
    };

    private string? DeadLetters(CommandResult result, IReadOnlyList<string> sources, List<string> mistakes)
    {
        string? path = result.TextOf(_deadLetters, mistakes);
        if (path == "-")
        {
            mistakes.Add($"{_deadLetters.Name}: expected a file, got '-': stdout is for results (/dev/stderr is a file)");
            return null;
        }

        // Opening it would empty the source.
        if (path is not null && sources.Any(source => IsSameFile(path, source)))
        {
            mistakes.Add($"{_deadLetters.Name}: expected another file than {_source.Name}, got '{path}'");
            return null;
        }

        return path;
    }

    private double? MaxRejected(CommandResult result, List<string> mistakes)
    {
        if (result.TextOf(_maxRejected, mistakes) is not { } text)
        {
            return null;
        }

        if (text.EndsWith('%')
            && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
            && percent is >= 0 and <= 100)
        {
            return percent / 100;
        }

        mistakes.Add($"{_maxRejected.Name}: expected 0% to 100%, such as 1%, got '{text}'");
        return null;
    }

    private int Threads(CommandResult result, List<string> mistakes)
    {
        string? text = result.TextOf(_threads, mistakes);
        if (text is null)
        {
            return JobTuning.Default.Threads;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int threads) && threads is >= 1 and <= MaxThreads)
        {
            return threads;
        }

        mistakes.Add($"{_threads.Name}: expected 1 to {MaxThreads}, got '{text}'");
        return JobTuning.Default.Threads;
    }

    private static bool IsSameFile(string a, string b) => File.Exists(a) && File.Exists(b) && Target(a) == Target(b);

    private static string Target(string path)
    {
        try
        {
            string full = Path.GetFullPath(path);
            return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        }
        catch (IOException)
        {
            // A circle of links: opening it says so.
            return path;
        }
    }
}
