using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tidemark.Cli.Configuration;
using Tidemark.Core;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Query;

/// <summary>The options of <c>tidemark query</c>. All are texts to the parser, so that every mistake is found and told at once.</summary>
internal sealed class QueryArguments
{
    private const int DefaultLast = 30;
    private const int MaxLast = 1_000_000;

    private readonly Option<string?> _lake = new("--lake") { HelpName = "DIR",
        Description = $"The lake that `tidemark run --lake DIR` writes, or {LakeArgument.InAzure}. This or --redis is required." };

    private readonly Option<string?> _redis =
        RedisArgument.Create("The Redis that `tidemark run --redis` publishes to; it forgets windows after an hour.");

    private readonly Option<string?> _config =
        new("--config") { HelpName = "FILE", Description = "The configuration of the run, for its Redis settings." };

    private readonly Option<string> _window = new("--window", "-w")
    {
        HelpName = "NAME", Description = "The window family: 1min, 5min, 1hour, or a name from the configuration.", DefaultValueFactory = _ => "1min",
    };

    private readonly RangeArgument _range = new();

    private readonly Option<string?> _last = new("--last", "-n")
    {
        HelpName = "N", Description = $"Only the last N windows. [default: {DefaultLast} without --from, --to and --users, else all]",
    };

    private readonly Option<string> _format = new("--format", "-f")
    {
        HelpName = "table|json|csv",
        Description = "A table with totals and sparklines, one JSON result per line as `run --json` writes them, or CSV (RFC 4180).",
        DefaultValueFactory = _ => "table",
    };

    private readonly Option<bool> _users = new("--users")
    {
        Description = "Count the distinct users of all windows that lie wholly in the range, "
            + "nobody twice, from the stored sketches (standard error 0.81 %).",
    };

    public QueryArguments() => _format.CompletionSources.Add("table", "json", "csv");

    /// <summary>Every option, in the order of the help.</summary>
    public IEnumerable<Option> All => [_lake, _redis, _config, _window, .. _range.All, _last, _format, _users];

    /// <summary>Reads all options. What cannot be read is replaced by a default, so that the rest is checked as well.</summary>
    public (QueryOptions Query, IReadOnlyList<string> Mistakes) Read(CommandResult result, CommandContext context)
    {
        DateTimeOffset now = context.Time.GetUtcNow();
        List<string> mistakes = [];
        string? lake = result.TextOf(_lake, mistakes);
        mistakes.AddRange(LakeArgument.Mistakes(lake, context));
        RedisOptions? redis = Redis(result, context, mistakes);
        if (lake is null == redis is null && mistakes.Count == 0)
        {
            mistakes.Add($"{_lake.Name}: expected {_lake.Name} {_lake.HelpName} or {_redis.Name} {_redis.HelpName}, "
                + $"got {(lake is null ? "neither" : "both")}");
        }

        string window = Window(result, mistakes);
        Interval range = _range.Read(result, now, mistakes);
        bool users = result.FlagOf(_users);
        int? last = Last(result, mistakes);
        if (users && last is not null)
        {
            mistakes.Add($"{_users.Name}: expected no {_last.Name} beside it; give the range by {_range.Names}");
        }

        bool isOpen = range == new Interval(long.MinValue, long.MaxValue) && !users;
        return (new QueryOptions(lake, window, range, last ?? (isOpen ? DefaultLast : null),
            Format(result, mistakes), users) { Redis = redis }, mistakes);
    }

    private RedisOptions? Redis(CommandResult result, CommandContext context, List<string> mistakes)
    {
        mistakes.AddRange(ConfigFile.Read(result.TextOf(_config, mistakes), out _, out RedisOptions configured));
        if (result.TextOf(_redis, mistakes) is not { } endpoint)
        {
            return null;
        }

        mistakes.AddRange(RedisArgument.Complete(endpoint, configured, context, out RedisOptions options));
        return options;
    }

    private string Window(CommandResult result, List<string> mistakes)
    {
        string? text = result.TextOf(_window, mistakes);
        if (text is null || (text.Length <= 32 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')))
        {
            return text ?? "1min";
        }

        mistakes.Add($"{_window.Name}: expected 1 to 32 of a-z, 0-9 and _, such as 1min, got '{text}'");
        return "1min";
    }

    private int? Last(CommandResult result, List<string> mistakes)
    {
        string? text = result.TextOf(_last, mistakes);
        if (text is null)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int last) && last is >= 1 and <= MaxLast)
        {
            return last;
        }

        mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{_last.Name}: expected 1 to {MaxLast:N0}, got '{text}'"));
        return null;
    }

    private QueryFormat Format(CommandResult result, List<string> mistakes)
    {
        string? text = result.TextOf(_format, mistakes);
        switch (text)
        {
            case null or "table":
                return QueryFormat.Table;
            case "json":
                return QueryFormat.Json;
            case "csv":
                return QueryFormat.Csv;
            default:
                mistakes.Add($"{_format.Name}: expected {_format.HelpName}, got '{text}'{NearNames.Hint(text, _format.HelpName!.Split('|'))}");
                return QueryFormat.Table;
        }
    }
}
