using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Tidemark.Cli.DeadLetters;
using Tidemark.Core.Parsing;
using Tidemark.Engine;
using Tidemark.Sinks;

namespace Tidemark.Cli.Kafka;

/// <summary>
/// Records that entered no window, to a topic, as they came, with headers that say why and where they were. The names of the headers are those of the
/// Functions app. A checkpoint waits until all
/// are delivered; what a run sent after its last checkpoint before it was killed is sent again by the next one.
/// </summary>
internal sealed class KafkaDeadLetters : IDeadLetters
{
    /// <summary>What is left of a record that the topic does not take whole.</summary>
    public const int CutBytes = 65_536;

    private const string WhatBecomesOfThem = "What they came from is read again by the next start";

    // Room for headers: topics take 1 MiB unless told otherwise.
    private const int MaxValueBytes = EventParser.MaxRecordBytes - 4096;

    /// <summary>How long what is on its way is waited for once somebody wants to end.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(1);

    private readonly TopicProducer _producer;
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stop;
    private readonly ConcurrentQueue<Message<byte[]?, byte[]>> _tooLarge = new();
    private volatile SinkException? _failure;
    private long _stoppedAt;

    /// <param name="producer">Writes; it is this one's from now on.</param>
    /// <param name="name">What messages call the topic.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Somebody wants to end.</param>
    public KafkaDeadLetters(TopicProducer producer, string name, TimeProvider time, CancellationToken stop) =>
        (_producer, _name, _time, _stop) = (producer, name, time, stop);

    /// <summary>Opens a topic.</summary>
    /// <exception cref="SinkException">It cannot be written.</exception>
    public static KafkaDeadLetters Open(KafkaSettings settings, CommandContext context, CancellationToken stop)
    {
        string name = settings.Address.Name;
        try
        {
            // Never given up: brokers that are gone for a while must not cost a letter.
            return new KafkaDeadLetters(TopicProducer.Open(settings, messageTimeout: null, context, stop), name, context.Time, stop);
        }
        catch (KafkaException problem)
        {
            throw Failure(name, problem.Error, problem);
        }
    }

    /// <inheritdoc/>
    public void Write(in DeadLetter letter, ReadOnlySpan<byte> value, RecordForm form, string source, long number)
    {
        ThrowIfFailed();
        Send(MessageOf(letter, value, form, source, number));
    }

    /// <inheritdoc/>
    public void Flush()
    {
        ThrowIfFailed();
        while (_tooLarge.TryDequeue(out Message<byte[]?, byte[]>? message))
        {
            Send(Cut(message));
        }
    }

    /// <inheritdoc/>
    public void FlushToDisk()
    {
        bool isDone;
        do
        {
            Flush();
            isDone = _producer.Flush(IsStopping);
        }
        while (isDone && !_tooLarge.IsEmpty);

        ThrowIfFailed();
        if (!isDone)
        {
            throw new SinkException($"{_producer.Waiting:N0} dead letters were not delivered to {_name}: no broker took them. {WhatBecomesOfThem}");
        }
    }

    /// <inheritdoc/>
    public DeadLetterMark? Mark() => null;

    /// <inheritdoc/>
    public void Dispose() => _producer.Dispose();

    /// <summary>The message of a letter.</summary>
    public static Message<byte[]?, byte[]> MessageOf(in DeadLetter letter, ReadOnlySpan<byte> value, RecordForm form, string source, long number)
    {
        bool isTopic = KafkaAddress.IsMeant(source);
        Headers headers =
        [
            Header(DeadLetterHeaders.Reason, letter.Reason.Name()),
            isTopic ? Header(DeadLetterHeaders.SourceTopic, source[(source.LastIndexOf('/') + 1)..]) : Header("source", source),
            Header(DeadLetterHeaders.SourcePartition, letter.Partition),
            Header(DeadLetterHeaders.SourceOffset, number),
        ];
        if (letter.MissedMinuteMs is { } minute)
        {
            headers.Add(Header(DeadLetterHeaders.MissedMinuteMs, minute));
        }

        if (form != RecordForm.Unknown)
        {
            headers.Add(Header("form", form.Name()));
        }

        Message<byte[]?, byte[]> message = new() { Value = value.ToArray(), Headers = headers };
        return message.Value.Length > MaxValueBytes ? Cut(message, isWhole: letter.Reason != RecordOutcome.TooLarge) : message;
    }

    /// <param name="message">A message that is too large.</param>
    /// <param name="isWhole">Whether it has all bytes of the record; if not, nobody knows here how many there were.</param>
    private static Message<byte[]?, byte[]> Cut(Message<byte[]?, byte[]> message, bool isWhole = true)
    {
        if (isWhole)
        {
            message.Headers.Add(Header(DeadLetterHeaders.CutFromBytes, message.Value.Length));
        }

        message.Value = message.Value[..CutBytes];
        return message;
    }

    private void Send(Message<byte[]?, byte[]> message)
    {
        try
        {
            if (!_producer.TrySend(message, error => Delivered(message, error), IsStopping))
            {
                throw new SinkException($"dead letters are not delivered to {_name}: no broker takes them. {WhatBecomesOfThem}");
            }
        }
        catch (ProduceException<byte[]?, byte[]> problem) when (problem.Error.Code == ErrorCode.MsgSizeTooLarge && message.Value.Length > CutBytes)
        {
            Send(Cut(message));
        }
        catch (KafkaException problem)
        {
            throw _failure = Failure(_name, problem.Error, problem);
        }
    }

    private void Delivered(Message<byte[]?, byte[]> message, Error error)
    {
        if (error.Code == ErrorCode.MsgSizeTooLarge && message.Value.Length > CutBytes)
        {
            // This topic takes less than others. Whole or not at all would stop the run for ever. Not sent from here: nobody makes room meanwhile.
            _tooLarge.Enqueue(message);
        }
        else if (error.IsError)
        {
            _failure ??= Failure(_name, error, new KafkaException(error));
        }
    }

    private bool IsStopping()
    {
        if (_failure is not null)
        {
            return true;
        }

        if (!_stop.IsCancellationRequested)
        {
            return false;
        }

        Interlocked.CompareExchange(ref _stoppedAt, _time.GetTimestamp(), 0);
        return _time.GetElapsedTime(Interlocked.Read(ref _stoppedAt)) >= StopPatience;
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw failure;
        }
    }

    private static SinkException Failure(string name, Error error, Exception cause) =>
        new($"cannot write dead letters to {name}: {KafkaProblem.Explain(error)}", cause);

    private static Header Header(string name, long number) => Header(name, number.ToString(CultureInfo.InvariantCulture));

    private static Header Header(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));
}
