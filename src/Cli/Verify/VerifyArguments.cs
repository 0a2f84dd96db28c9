using System.CommandLine;
using System.CommandLine.Parsing;
using Tidemark.Cli.Configuration;
using Tidemark.Cli.Kafka;
using Tidemark.Cli.Run;
using Tidemark.Core;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Verify;

/// <summary>The options of <c>tidemark verify</c>. All are texts to the parser, so that every mistake is found and told at once.</summary>
internal sealed class VerifyArguments
{
    private readonly Option<string[]> _source = new("--source", "-s")
    {
        HelpName = $"PATH|DIR|GLOB|-|{KafkaAddress.TargetForm}",
        Description = "Required, repeatable. What was counted, in the same order: files, "
            + "plain or compressed, directories, patterns, or - for stdin; or one topic, "
            + "up to where the state has counted it.",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _merge = new("--merge") { Description = "Read the sources side by side, as the run did." };

    private readonly Option<string?> _lake = new("--lake")
    {
        HelpName = "DIR", Description = $"The lake to compare with, or {LakeArgument.InAzure}. Required.",
    };

    private readonly Option<string?> _redis = RedisArgument.Create(
        "Compare with this Redis too; what it has forgotten after the retention is passed over.");

    private readonly Option<string?> _state = new("--state")
    {
        HelpName = "DIR|off",
        Description = "The state of the runs that counted: it tells the configuration, what the sources are a part of, and when they "
            + "arrived. [default: _state in the lake if there is one]",
    };

    private readonly Option<string?> _config = new("--config")
    {
        HelpName = "FILE",
        Description = "The configuration of the run: its windows, for a lake without a state, and its Redis settings. "
            + "A state knows its own, which is used; where this one differs it is told.",
    };

    private readonly Option<string?> _now = new("--now")
    {
        HelpName = "TIME",
        Description = "When the events are taken to have arrived, as it was given to the run. [default: as the state remembers, else now]",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = $"The verdict as one JSON object, with up to {StoreCheck.MaxDifferences} differences.",
    };

    private readonly RangeArgument _range = new();

    /// <summary>Every option, in the order of the help.</summary>
    public IEnumerable<Option> All => [_source, _merge, _lake, _redis, .. _range.All, _state, _config, _now, _json];

    /// <summary>
    /// Reads all options and the configuration. What cannot be read is replaced by a default, so that the rest is checked as well.
    /// </summary>
    public (VerifyOptions Verify, EngineOptions Engine, IReadOnlyList<string> Mistakes) Read(CommandResult result, CommandContext context)
    {
        List<string> mistakes = [];
        IReadOnlyList<string> sources = result.RequiredTextsOf(_source, mistakes);
        string? lake = result.RequiredTextOf(_lake, mistakes);
        mistakes.AddRange(LakeArgument.Mistakes(lake, context));
        string? config = result.TextOf(_config, mistakes);
        mistakes.AddRange(
            ConfigFile.Read(config, out EngineOptions engine, out RedisOptions configured, out IReadOnlyDictionary<string, string> kafka));
        engine = SessionsConfig.WithKey(engine, context, mistakes);
        Interval range = _range.Read(result, context.Time.GetUtcNow(), ZoneClock.Utc, mistakes);
        VerifyOptions verify = new(sources, lake ?? "", range, result.FlagOf(_json), result.TimeOf(_now, mistakes), JobTuning.Default)
        {
            Merges = result.FlagOf(_merge), State = State(result, lake, mistakes), HasConfiguration = config is not null,
        };
        if (Topic(sources, mistakes) is { } topic)
        {
            verify = verify with { Topic = KafkaArgument.Complete(_source.Name, topic, kafka, context, mistakes) };
        }

        if (result.TextOf(_redis, mistakes) is { } endpoint)
        {
            mistakes.AddRange(RedisArgument.Complete(endpoint, configured, context, out RedisOptions redis));
            verify = verify with { Redis = redis };
        }

        return (verify, engine, mistakes);
    }

    /// <summary>The topic that is recounted, if it is one. Nothing is committed, so a group says nothing.</summary>
    private KafkaAddress? Topic(IReadOnlyList<string> sources, List<string> mistakes)
    {
        if (sources.FirstOrDefault(KafkaAddress.IsMeant) is not { } text)
        {
            return null;
        }

        if (sources.Count > 1)
        {
            mistakes.Add($"{_source.Name}: expected one topic and nothing else, got {sources.Count} sources");
        }

        return KafkaArgument.Parse(_source.Name, text, isSource: true, mistakes) with { Group = null };
    }

    /// <summary>Where a state has to be, or where one is; null for none.</summary>
    private string? State(CommandResult result, string? lake, List<string> mistakes) => result.TextOf(_state, mistakes) switch
    {
        "off" => null,
        null => lake is not null && !AzureRoot.IsMeant(lake) && Directory.Exists(Runner.StateOf(lake)) ? Runner.StateOf(lake) : null,
        { } directory => directory,
    };
}
