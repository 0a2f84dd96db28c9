using Tidemark.Engine;
using Tidemark.Sinks;

namespace Tidemark.Cli.DeadLetters;

/// <summary>Where records go that entered no window.</summary>
internal interface IDeadLetters : IDisposable
{
    /// <summary>Adds a letter. Called while the engine waits.</summary>
    /// <param name="letter">The letter; its bytes are those that were parsed.</param>
    /// <param name="value">The record as it came.</param>
    /// <param name="form">What it looks like, if it is no JSON but something else that is known.</param>
    /// <param name="source">The name of the source that it came from.</param>
    /// <param name="number">Its number there, from 0; of a topic its offset.</param>
    /// <exception cref="SinkException">It cannot be written.</exception>
    void Write(in DeadLetter letter, ReadOnlySpan<byte> value, RecordForm form, string source, long number);

    /// <summary>Hands on what is buffered, without waiting until it is safe.</summary>
    /// <exception cref="SinkException">It cannot be written.</exception>
    void Flush();

    /// <summary>Waits until everything is safe that was written before. On any thread.</summary>
    /// <exception cref="SinkException">It cannot be made so.</exception>
    void FlushToDisk();

    /// <summary>How far the letters go that <see cref="Flush"/> has handed on; null where no length can be told.</summary>
    DeadLetterMark? Mark();
}
