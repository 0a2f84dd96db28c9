using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;
using Tidemark.Cli.Configuration;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Query;

/// <summary>The options of <c>tidemark query</c>. All are texts to the parser, so that every mistake is found and told at once.</summary>
internal sealed class QueryArguments
{
    private const int DefaultLast = 30;
    private const int DefaultLastOfTop = 60;
    private const int DefaultLastOfChart = 120;
    private const int MaxLast = 1_000_000;
    private const int DefaultLimit = 10;
    private const int MaxLimit = 10_000;

    private readonly Option<string?> _lake = new("--lake") { HelpName = "DIR",
        Description = $"The lake that `tidemark run --lake DIR` writes, or {LakeArgument.InAzure}. This or --redis is required." };

    private readonly Option<string?> _redis =
        RedisArgument.Create("The Redis that `tidemark run --redis` publishes to; it forgets windows after an hour.");

    private readonly Option<string?> _config =
        new("--config") { HelpName = "FILE", Description = "The configuration of the run, for its Redis settings." };

    private readonly Option<string> _window = new("--window", "-w")
    {
        HelpName = "NAME",
        Description = "The window family: 1min, 5min, 1hour, or a name from the configuration.",
        DefaultValueFactory = _ => "1min",
    };

    private readonly RangeArgument _range = new();

    private readonly Option<string?> _zone = new("--zone")
    {
        HelpName = "ZONE",
        Description = "The time zone of --from and --to, of the days and hours and of the times that are shown: "
            + "such as Europe/Stockholm, or local. [default: UTC]",
    };

    private readonly Option<string?> _last = new("--last", "-n")
    {
        HelpName = "N",
        Description = $"Only the last N windows, sessions, or days or hours of --by. [default: {DefaultLast} without --from, --to and --users "
            + $"({DefaultLastOfChart} with --chart, {DefaultLastOfTop} with --top), else all]",
    };

    private readonly Option<string?> _by = new("--by")
    {
        HelpName = "day|hour",
        Description = "Add up windows to the days or hours of the zone, which have 23 or 25 hours where clocks change.",
    };

    private readonly Option<string?> _top = new("--top")
    {
        HelpName = "pages|countries|devices|types|NAME",
        Description = "The greatest of a breakdown over all windows of the range, NAME one of your own.",
    };

    private readonly Option<string?> _limit = new("--limit")
    {
        HelpName = "N", Description = $"How many rows --top shows. [default: {DefaultLimit}]",
    };

    private readonly Option<string?> _chart = new("--chart")
    {
        HelpName = string.Join('|', TableFormat.Numbers.Select(column => column.Title)),
        Description = "Draw one metric over time.",
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

    private readonly Option<bool> _sessions = new("--sessions")
    {
        Description = "Show the sessions that start in the range instead of windows: those that have ended, each once.",
    };

    private readonly Option<string?> _user = new("--user")
    {
        HelpName = "ID", Description = "Only the sessions of this user: the id as it was published, or its pseudonym. With --sessions.",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Description = "Only the rows: no heading, totals and sparklines, and not a word when there are none.",
    };

    public QueryArguments()
    {
        _format.CompletionSources.Add("table", "json", "csv");
        _by.CompletionSources.Add("day", "hour");
        _top.CompletionSources.Add([.. TopColumns.Names]);
        _chart.CompletionSources.Add(_chart.HelpName!.Split('|'));
        _zone.CompletionSources.Add(_ => TimeZoneInfo.GetSystemTimeZones().Select(zone => new CompletionItem(zone.Id)));
    }

    /// <summary>Every option, in the order of the help.</summary>
    public IEnumerable<Option> All =>
        [_lake, _redis, _config, _window, .. _range.All, _zone, _last, _by, _top, _limit, _chart, _users, _sessions, _user, _format, _quiet];

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
        ZoneClock clock = Zone(result, mistakes);
        Interval range = _range.Read(result, now, clock, mistakes);
        bool users = result.FlagOf(_users);
        int? last = Number(result, _last, MaxLast, mistakes);
        string? top = result.TextOf(_top, mistakes);
        QueryFormat format = Format(result, mistakes);
        QueryOptions query = new(lake, window, range, last, format, users)
        {
            Redis = redis, Clock = clock, Top = top, Limit = Number(result, _limit, MaxLimit, mistakes) ?? DefaultLimit,
            Chart = Chart(result, mistakes), By = Period(result, mistakes), IsQuiet = result.FlagOf(_quiet),
            Sessions = result.FlagOf(_sessions), User = result.TextOf(_user, mistakes),
        };
        RefuseTogether(query, result, mistakes);
        bool isOpen = range == new Interval(long.MinValue, long.MaxValue) && !users;
        int byDefault = query.Chart is not null ? DefaultLastOfChart : top is not null ? DefaultLastOfTop : DefaultLast;
        return (query with { Last = last ?? (isOpen ? byDefault : null) }, mistakes);
    }

    private void RefuseTogether(QueryOptions query, CommandResult result, List<string> mistakes)
    {
        if (query.Users && query.Last is not null)
        {
            mistakes.Add($"{_users.Name}: expected no {_last.Name} beside it; give the range by {_range.Names}");
        }

        // Each answers another question than the ones before it.
        Option[] questions = [.. new Option[] { _users, _top, _chart, _sessions }.Where(option => result.GetResult(option) is { Implicit: false })];
        if (questions.Length > 1)
        {
            mistakes.Add($"{questions[1].Name}: expected no {questions[0].Name} beside it; ask one after the other");
        }

        if (query.By is not null && (query.Users || query.Top is not null || query.Sessions))
        {
            mistakes.Add($"{_by.Name}: expected none of {_users.Name}, {_top.Name} and {_sessions.Name} beside it; it adds up windows");
        }

        if (query.Sessions && result.GetResult(_window) is { Implicit: false })
        {
            mistakes.Add($"{_window.Name}: expected no {_sessions.Name} beside it; sessions are of no window");
        }

        if (query.User is not null && !query.Sessions)
        {
            mistakes.Add($"{_user.Name}: expected {_sessions.Name} beside it; windows are of all users");
        }

        if (query.Chart is not null && query.Format != QueryFormat.Table)
        {
            mistakes.Add($"{_chart.Name}: expected no {_format.Name} beside it; a chart is text");
        }

        if (query.Top is null && result.GetResult(_limit) is { Implicit: false })
        {
            mistakes.Add($"{_limit.Name}: expected {_top.Name} beside it; {_last.Name} limits windows");
        }
    }

    private ZoneClock Zone(CommandResult result, List<string> mistakes)
    {
        string? text = result.TextOf(_zone, mistakes);
        if (text is null or "local")
        {
            return text is null ? ZoneClock.Utc : new ZoneClock(TimeZoneInfo.Local);
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out TimeZoneInfo? zone))
        {
            return new ZoneClock(zone);
        }

        string[] names = [.. TimeZoneInfo.GetSystemTimeZones().Select(known => known.Id)];
        mistakes.Add($"{_zone.Name}: expected a time zone such as Europe/Stockholm, or local, got '{text}'{NearNames.Hint(text, names)}");
        return ZoneClock.Utc;
    }

    private ResultColumn? Chart(CommandResult result, List<string> mistakes)
    {
        if (result.TextOf(_chart, mistakes) is not { } text)
        {
            return null;
        }

        if (TableFormat.Numbers.FirstOrDefault(column => column.Title == text || column.Name == text) is { } found)
        {
            return found;
        }

        mistakes.Add($"{_chart.Name}: expected {_chart.HelpName}, got '{text}'{NearNames.Hint(text, _chart.HelpName!.Split('|'))}");
        return null;
    }

    private LocalPeriod? Period(CommandResult result, List<string> mistakes)
    {
        switch (result.TextOf(_by, mistakes))
        {
            case null:
                return null;
            case "day":
                return LocalPeriod.Day;
            case "hour":
                return LocalPeriod.Hour;
            case var text:
                mistakes.Add($"{_by.Name}: expected {_by.HelpName}, got '{text}'");
                return null;
        }
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

    private static int? Number(CommandResult result, Option option, int most, List<string> mistakes)
    {
        string? text = result.TextOf(option, mistakes);
        if (text is null)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most)
        {
            return number;
        }

        mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{option.Name}: expected 1 to {most:N0}, got '{text}'"));
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
