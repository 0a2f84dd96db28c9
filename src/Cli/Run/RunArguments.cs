using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tidemark.Cli.Configuration;
using Tidemark.Core;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Run;

/// <summary>The options of <c>tidemark run</c>. All are texts to the parser, so that every mistake is found and told at once.</summary>
internal sealed class RunArguments
{
    private const int MaxThreads = 64;

    private readonly Option<string?> _source = new("--source", "-s")
    {
        HelpName = "PATH|-", Description = "Required. Events, one JSON object per line: a file, plain or gzip, a pipe, or - for stdin.",
    };

    private readonly Option<string?> _lake = new("--lake")
    {
        HelpName = "DIR", Description = "Write one Parquet file per window below this directory, which is made if need be.",
    };

    private readonly Option<string?> _redis = RedisArgument.Create(
        "Publish results to this Redis for dashboards, open windows about once a second (docs/REDIS.md).");

    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON result per line on stdout." };

    private readonly Option<string?> _deadLetters = new("--dead-letters")
    {
        HelpName = "PATH",
        Description = "Write what could not be counted to this file, one JSON object per line: reason, source, partition, offset (lines from 0), "
            + "for late events the window they missed, and the bytes as they came. An existing file is replaced. [default: only counted]",
    };

    private readonly Option<string?> _config = new("--config")
    {
        HelpName = "FILE",
        Description = "Windows, lateness and limits as JSON (docs/CONFIGURATION.md). [default: windows of 1 min, 5 min sliding by 1 min and 1 hour; "
            + "10 s of disorder; corrections for 5 min]",
    };

    private readonly Option<string?> _now = new("--now")
    {
        HelpName = "TIME",
        Description = "When the events are taken to have arrived, such as 2026-11-22T06:00:00Z; one whose time is later than this by more than maxFutureSkew "
            + "(5 min) is rejected. [default: for a file the start of the run, on a pipe the clock when an event comes]",
    };

    private readonly Option<string> _threads = new("--threads")
    {
        HelpName = "N",
        Description = $"Threads that read and parse, 1 to {MaxThreads}. No result depends on it.",
        DefaultValueFactory = _ => JobTuning.Default.Threads.ToString(CultureInfo.InvariantCulture),
    };

    private readonly Option<string> _dashboard = new("--dashboard") { HelpName = "off", Description = "off: no dashboard is served.", DefaultValueFactory = _ => "off" };

    /// <summary>Every option, in the order of the help.</summary>
    public IEnumerable<Option> All => [_source, _lake, _redis, _json, _deadLetters, _config, _now, _threads, _dashboard];

    /// <summary>Reads all options and the configuration. What cannot be read is replaced by a default, so that the rest is checked as well.</summary>
    public (RunOptions Run, EngineOptions Engine, IReadOnlyList<string> Mistakes) Read(CommandResult result, CommandContext context)
    {
        List<string> mistakes = [];
        string source = Text(result, _source, mistakes) ?? "";
        RunOptions run = new(
            source,
            Text(result, _lake, mistakes),
            result.GetResult(_json) is not null && result.GetValue(_json),
            DeadLetters(result, source, mistakes),
            Now(result, mistakes),
            JobTuning.Default with { Threads = Threads(result, mistakes) });
        if (Text(result, _dashboard, mistakes) is { } dashboard && dashboard != "off")
        {
            mistakes.Add($"{_dashboard.Name}: expected off, got '{dashboard}'");
        }

        mistakes.AddRange(ConfigFile.Read(Text(result, _config, mistakes), out EngineOptions engine, out RedisOptions redis));
        if (Text(result, _redis, mistakes) is { } endpoint)
        {
            mistakes.AddRange(RedisArgument.Complete(endpoint, redis, context, out redis));
            run = run with { Redis = redis };
        }

        return (run, engine, mistakes);
    }

    /// <summary>The text of an option; null when it was not given, which is a mistake for the source, or without a value, which always is.</summary>
    private string? Text(CommandResult result, Option option, List<string> mistakes)
    {
        string? text = result.TextOf(option);
        if (!string.IsNullOrEmpty(text))
        {
            return text;
        }

        if (option == _source || result.GetResult(option) is { Implicit: false })
        {
            mistakes.Add($"{option.Name}: expected {option.HelpName}, got nothing");
        }

        return null;
    }

    private string? DeadLetters(CommandResult result, string source, List<string> mistakes)
    {
        string? path = Text(result, _deadLetters, mistakes);
        if (path == "-")
        {
            mistakes.Add($"{_deadLetters.Name}: expected a file, got '-': stdout is for results (/dev/stderr is a file)");
            return null;
        }

        // Opening it would empty the source.
        if (path is not null && IsSameFile(path, source))
        {
            mistakes.Add($"{_deadLetters.Name}: expected another file than {_source.Name}, got '{path}'");
            return null;
        }

        return path;
    }

    private DateTimeOffset? Now(CommandResult result, List<string> mistakes)
    {
        string? text = Text(result, _now, mistakes);
        if (text is null)
        {
            return null;
        }

        if (TimeText.TryParse(text, out DateTimeOffset time))
        {
            return time;
        }

        mistakes.Add($"{_now.Name}: expected a time such as 2026-11-22T06:00:00Z, got '{text}'");
        return null;
    }

    private int Threads(CommandResult result, List<string> mistakes)
    {
        string? text = Text(result, _threads, mistakes);
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
