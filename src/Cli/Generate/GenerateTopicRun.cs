using System.Globalization;
using Confluent.Kafka;
using Tidemark.Cli.Kafka;

namespace Tidemark.Cli.Generate;

/// <summary>One run of <c>tidemark generate</c> to a topic: sends the events, tells how far it is, and sums up what was delivered.</summary>
/// <param name="options">What is made.</param>
/// <param name="settings">The topic.</param>
/// <param name="isPaced">Whether each event waits until it arrives.</param>
/// <param name="context">The clock, and who is told.</param>
internal sealed class GenerateTopicRun(GeneratorOptions options, KafkaSettings settings, bool isPaced, CommandContext context)
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MessageTimeout = TimeSpan.FromMinutes(5);

    private readonly EventGenerator _generator = new(options);
    private readonly long _startMs = options.Start.ToUnixTimeMilliseconds();
    private readonly string _name = Printable.Escape(settings.Address.Name);
    private long _started;
    private long _bytes;
    private long _delivered;
    private long _failed;
    private Error? _firstFailure;
    private TimeSpan _nextProgress = ProgressEvery;

    private TimeSpan Elapsed => context.Time.GetElapsedTime(_started);

    /// <summary>Runs to the end and returns the exit code.</summary>
    public int Run(CancellationToken cancellation)
    {
        try
        {
            using TopicProducer producer = TopicProducer.Open(settings, MessageTimeout, context, cancellation);
            _started = context.Time.GetTimestamp();
            bool isWhole = SendAll(producer, cancellation);
            Flush(producer, cancellation);
            return Conclude(isWhole && !cancellation.IsCancellationRequested);
        }
        catch (KafkaException problem)
        {
            context.Say($"cannot write {_name}: {KafkaProblem.Explain(problem.Error)}");
            return CommandRunner.Failed;
        }
    }

    /// <summary>The user of a line, with which it is keyed; null for a broken line that has none.</summary>
    internal static byte[]? KeyOf(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> field = ",\"user_id\":\""u8;
        int at = line.IndexOf(field);
        if (at < 0)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = line[(at + field.Length)..];
        int end = rest.IndexOf((byte)'"');
        return end < 0 ? null : rest[..end].ToArray();
    }

    /// <returns>Whether it ended by itself: with the last event, or with one that cannot be sent.</returns>
    private bool SendAll(TopicProducer producer, CancellationToken cancellation)
    {
        byte[] line = new byte[EventGenerator.MaxLineBytes];
        Action<Error> onDelivered = Delivered;
        Func<bool> isStopping = () => cancellation.IsCancellationRequested;
        while (!cancellation.IsCancellationRequested)
        {
            long arrivalMs = _generator.NextArrivalMs;
            if (isPaced)
            {
                WaitFor(arrivalMs, cancellation);
            }

            if (!_generator.TryWriteNext(line, out int bytes))
            {
                return true;
            }

            // Without its line end: a value is one event.
            Message<byte[]?, byte[]> message = new()
            {
                Key = KeyOf(line.AsSpan(0, bytes)), Value = line[..(bytes - 1)], Timestamp = new Timestamp(arrivalMs, TimestampType.CreateTime),
            };
            try
            {
                if (!producer.TrySend(message, onDelivered, isStopping))
                {
                    return false;
                }
            }
            catch (ProduceException<byte[]?, byte[]> problem)
            {
                // The client sends nothing any more, or never such a message.
                Delivered(problem.Error);
                return true;
            }

            _bytes += bytes - 1;
            ShowProgress();
        }

        return false;
    }

    private void WaitFor(long arrivalMs, CancellationToken cancellation)
    {
        TimeSpan due = TimeSpan.FromMilliseconds(arrivalMs - _startMs);
        while (due - Elapsed is var wait && wait > TimeSpan.Zero && !cancellation.IsCancellationRequested)
        {
            ShowProgress();
            cancellation.WaitHandle.WaitOne(wait < ProgressEvery ? wait : ProgressEvery);
        }
    }

    private void Flush(TopicProducer producer, CancellationToken cancellation)
    {
        long? stoppedAt = null;
        producer.Flush(() =>
        {
            ShowProgress();
            stoppedAt ??= cancellation.IsCancellationRequested ? context.Time.GetTimestamp() : null;
            return stoppedAt is { } at && context.Time.GetElapsedTime(at) >= StopPatience;
        });
    }

    private void Delivered(Error error)
    {
        if (error.IsError)
        {
            Interlocked.Increment(ref _failed);
            Interlocked.CompareExchange(ref _firstFailure, error, null);
        }
        else
        {
            Interlocked.Increment(ref _delivered);
        }
    }

    private void ShowProgress()
    {
        // Asked for each event: a look at the clock costs less than one in a hundred of it.
        TimeSpan elapsed = Elapsed;
        if (elapsed < _nextProgress)
        {
            return;
        }

        _nextProgress = elapsed + ProgressEvery;
        long delivered = Interlocked.Read(ref _delivered);
        long failed = Interlocked.Read(ref _failed);
        string missing = failed > 0 ? Text($", {failed:N0} not delivered") : "";
        string share = Text($"{100.0 * delivered / options.Events:0} %");
        context.Error.WriteLine(Text(
            $"{delivered:N0} of {options.Events:N0} events delivered ({share}), {delivered / elapsed.TotalSeconds:N0} events/s{missing}"));
    }

    private int Conclude(bool isWhole)
    {
        long delivered = Interlocked.Read(ref _delivered);
        if (_firstFailure is { } failure)
        {
            context.Say($"events were not delivered: {KafkaProblem.Explain(failure)}");
        }

        if (!isWhole)
        {
            context.Say(Text($"interrupted after {_generator.Written:N0} events, of which {delivered:N0} were delivered"));
            return CommandRunner.Interrupted;
        }

        string start = GenerateRun.Time(_startMs);
        string times = $"{GenerateRun.Time(_generator.EarliestEventTimeMs)} to {GenerateRun.Time(_generator.LatestEventTimeMs)}";
        string amount = Text($"{delivered:N0} events of {options.Events:N0}, {GenerateRun.Size(_bytes)}");
        context.Error.WriteLine(Text($"""
            tidemark: delivered {amount}, to {_name}; event time {times}, seed {options.Seed}
            Same events again: the same options with --start {start} --seed {options.Seed}
            Next: tidemark run --source {ShellText.Word(_name)} --lake lake
            """));
        return delivered < options.Events ? CommandRunner.Failed : CommandRunner.Done;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
