using Tidemark.Cli.DeadLetters;
using Tidemark.Cli.Sources;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Engine;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>
/// Takes what the engine puts out: publications to the sinks, dead letters to their file. Nothing is thrown into the engine, which would be
/// left between two records: a failure is kept until <see cref="ThrowIfFailed"/>.
/// </summary>
internal sealed class JobOutput(ResultPublisher publisher, IDeadLetters? deadLetters) : IEngineOutput
{
    private readonly long[] _forms = new long[RecordForms.Count];
    private RecordBlock? _block;
    private SinkException? _lostLetters;

    /// <inheritdoc/>
    public bool IsFull => publisher.IsFull;

    /// <summary>Tells which block is being applied, for the names of sources in dead letters.</summary>
    public void Begin(RecordBlock block) => _block = block;

    public void Publish(Publication publication) => publisher.Add(publication);

    public void MarkFinal(WindowDefinition family, long beforeMs) => publisher.MarkFinal(family, beforeMs);

    public bool TakesSessions => publisher.TakesSessions;

    public void Publish(EndedSessions sessions) => publisher.Add(sessions);

    public void MarkSessionsFinal(long beforeMs) => publisher.MarkSessionsFinal(beforeMs);

    public void DeadLetter(DeadLetter letter)
    {
        ReadOnlySpan<byte> value = _block!.Original(letter);
        RecordForm form = letter.Reason == RecordOutcome.MalformedJson ? RecordForms.Of(value) : RecordForm.Unknown;
        _forms[(int)form]++;
        Review.Note(letter, value, _block);
        try
        {
            deadLetters?.Write(letter, value, form, _block.SourceName, _block.NumberOf(letter.Offset));
        }
        catch (SinkException error)
        {
            _lostLetters ??= error;
        }
    }

    /// <summary>What was seen of the records that were not counted.</summary>
    public RunReview Review { get; } = new();

    /// <summary>How many records were no JSON and of a form that is known, in this run.</summary>
    public long CountOf(RecordForm form) => _forms[(int)form];

    /// <summary>Waits until the sinks have made room.</summary>
    /// <param name="isStopping">Ends the wait.</param>
    public void WaitForRoom(Func<bool> isStopping) => publisher.WaitForRoom(isStopping);

    /// <summary>Tells early that a sink has failed, before there is another result for it.</summary>
    /// <exception cref="SinkException">It has.</exception>
    public void ThrowIfFailed()
    {
        ThrowIfLettersAreLost();
        publisher.ThrowIfFailed();
    }

    /// <summary>Whether dead letters could not be written: then nothing may be remembered as done that was counted since.</summary>
    /// <exception cref="SinkException">They could not.</exception>
    public void ThrowIfLettersAreLost()
    {
        if (_lostLetters is not null)
        {
            throw _lostLetters;
        }
    }

    /// <summary>Hands buffered dead letters to the operating system.</summary>
    /// <exception cref="SinkException">They cannot be written.</exception>
    public void Flush()
    {
        ThrowIfLettersAreLost();
        try
        {
            deadLetters?.Flush();
        }
        catch (SinkException error)
        {
            _lostLetters = error;
            throw;
        }
    }

    /// <summary>How far the dead letters go that were handed to the operating system.</summary>
    public DeadLetterMark? DeadLetters() => deadLetters?.Mark();
}
