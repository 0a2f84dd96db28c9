using Tidemark.Cli.Configuration;
using Tidemark.Cli.Kafka;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Cli.Verify;

/// <summary>
/// What the state of the runs tells a verification: the configuration, what was counted, and when it arrived. Without a state little.
/// </summary>
internal sealed class CountedBefore
{
    private readonly FileMemory _files = new();

    private CountedBefore(EngineOptions options) => Options = options;

    /// <summary>The options that the windows were counted under.</summary>
    public EngineOptions Options { get; private init; }

    /// <summary>What the sources hold of all that was counted.</summary>
    public SourceCoverage Coverage { get; private set; } = SourceCoverage.Unknown;

    /// <summary>How far the topic was counted that is recounted; null when it was not, or is none.</summary>
    public TopicPosition? Topic { get; private set; }

    /// <summary>What the state counted; null without one.</summary>
    public StateSummary? Summary { get; private init; }

    /// <summary>Whether there is a state.</summary>
    public bool HasState => Summary is not null;

    /// <summary>How a file was counted; null when it was not.</summary>
    public FileMark? MarkOf(string path) => FileOpener.Find(path, _files)?.Mark;

    /// <summary>Reads it, and tells what a person should know of it.</summary>
    /// <exception cref="StateException">A state was named and is not there, or it cannot be read.</exception>
    public static CountedBefore Read(VerifyOptions verify, EngineOptions configured, CommandContext context)
    {
        if (verify.State is not { } given)
        {
            return new CountedBefore(configured);
        }

        string directory = Path.GetFullPath(given);
        try
        {
            if (StateStore.Peek(directory) is not { } found)
            {
                throw new StateException(
                    $"there is no state in {directory}: give the one of the runs that wrote the lake, or --state off to go by --config");
            }

            using StateLog log = found.Log;
            return Read(found.Head, log, verify, configured, context);
        }
        catch (InvalidDataException error)
        {
            throw new StateException(
                $"the state in {directory} cannot be read: {error.Message}. Verify with the version of tidemark that wrote it, "
                + "or with --state off and --config",
                error);
        }
    }

    private static CountedBefore Read(StateHead head, StateLog log, VerifyOptions verify, EngineOptions configured, CommandContext context)
    {
        IReadOnlyList<string> differences = Fingerprint.Differences(head.Configuration, configured);
        List<string> mistakes = [];
        EngineOptions options = differences.Count == 0 ? configured
            : SessionsConfig.WithKey(FingerprintReader.Options(head.Configuration), context, mistakes);
        if (mistakes.Count > 0)
        {
            throw new StateException($"the lake was counted under a configuration that needs a key: {mistakes[0]}");
        }

        CountedBefore before = new(options) { Summary = head.Summary };
        if (verify.HasConfiguration && differences.Count > 0)
        {
            context.Say($"--config is not what the lake was counted under, and is passed over: {string.Join("; ", differences)}");
        }

        IReadOnlyDictionary<string, long> pipes = new Dictionary<string, long>();
        if (head.Sources.TryGetValue(LinePosition.Lines, out System.Text.Json.JsonElement lines))
        {
            (IReadOnlyList<RememberedFile> open, pipes, IReadOnlyList<RememberedFile> files) = LinePosition.Read(lines, log.Item);
            foreach (RememberedFile file in files.Concat(open))
            {
                before._files.Add(file);
            }
        }

        if (verify.Topic is { } topic)
        {
            before.Topic = head.Sources.TryGetValue(KafkaPosition.Kafka, out System.Text.Json.JsonElement topics)
                ? KafkaPosition.Read(topics).FirstOrDefault(known => known.Name == topic.Address.Topic) : null;
            bool isAlone = before.Topic is not null && head.Sources.Keys.All(kind => kind == KafkaPosition.Kafka);
            before.Coverage = new SourceCoverage(false, isAlone, head.Summary.WatermarkMs, before.Topic is null ? [topic.Address.Name] : []);
        }
        else
        {
            before.Coverage = SourceCoverage.Of(verify.Sources, head, pipes, before._files);
        }

        before.Coverage = before.Coverage with { Unwritten = UnwrittenOf(head, log, options) };
        if (before.Coverage.Unwritten.Count > 0)
        {
            context.Say(
                $"{before.Coverage.Unwritten.Count:N0} windows are not judged: their results are in the state, and written when the run goes on");
        }

        foreach (string path in before.Coverage.Uncounted)
        {
            context.Say($"{path} was not counted into this lake, as its state says");
        }

        return before;
    }

    /// <summary>The windows of which not every sink has the last result: the run was stopped before, or is at work.</summary>
    private static HashSet<(string, Interval)> UnwrittenOf(StateHead head, StateLog log, EngineOptions options)
    {
        if (head.Summary.Unconfirmed == 0 || log.Checkpoint is not { } checkpoint)
        {
            return [];
        }

        IReadOnlyList<EngineEvent> outbox = RunStateCodec.DecodeEngine(checkpoint, options, log.Item, new PartTable(static () => 0)).Outbox;
        return
        [
            .. outbox.Select(item => item.Publication).OfType<Publication>()
                .Select(publication => (publication.Definition.Name, publication.Interval)),
            .. outbox.Select(item => item.Sessions).OfType<EndedSessions>().Select(sessions => (EndedSessions.Name, sessions.Minute)),
        ];
    }
}
