using Tidemark.Cli.DeadLetters;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Engine;

namespace Tidemark.Cli.Run;

/// <summary>Takes what the engine puts out: publications to the sinks, dead letters to their file.</summary>
internal sealed class JobOutput(ResultPublisher publisher, DeadLetterFile? deadLetters) : IEngineOutput
{
    public void Publish(Publication publication) => publisher.Add(publication);

    public void MarkFinal(WindowDefinition family, long beforeMs) => publisher.MarkFinal(family, beforeMs);

    /// <summary>Whether anybody wants to see windows that are still open.</summary>
    public bool WantsLive => publisher.WantsLive;

    /// <summary>Shows open windows as they stand now; dropped when the sinks are behind.</summary>
    public void PublishLive(IReadOnlyList<Publication> live) => publisher.AddLive(live);

    public void DeadLetter(DeadLetter letter) => deadLetters?.Write(letter);

    /// <summary>Tells early that a sink has failed, before there is another result for it.</summary>
    /// <exception cref="Sinks.SinkException">It has.</exception>
    public void ThrowIfFailed() => publisher.ThrowIfFailed();

    /// <summary>Hands buffered dead letters to the operating system.</summary>
    public void Flush() => deadLetters?.Flush();
}
