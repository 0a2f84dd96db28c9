using System.Buffers;
using System.Text.Json;
using Tidemark.Cli.Kafka;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Engine;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Kafka;

/// <summary>
/// One run over a <see cref="FakeTopic"/>: a thread that reads, parses and applies, as a job does. Values that are no JSON come out as letters with
/// their offsets.
/// </summary>
internal sealed class SourceRun : IEngineOutput, IDisposable
{
    private readonly Lock _engineLock = new();
    private readonly StringWriter _said = new();
    private readonly Thread _thread;
    private RecordBlock? _block;

    public SourceRun(FakeTopic topic, ManualTime time, string query = "", JsonElement? before = null, int blockBytes = 4096, bool remembers = true)
    {
        List<string> mistakes = [];
        KafkaAddress address = KafkaAddress.Parse($"kafka://b:1/t?{query}", isSource: true, mistakes);
        Assert.Empty(mistakes);
        Time = time;
        CommandContext context = new(TextWriter.Synchronized(_said), () => Stream.Null, time) { Environment = _ => null };
        Source = KafkaSource.Open(
            KafkaSettings.Of(address, new Dictionary<string, string>(), context),
            new KafkaOptions { Remembers = remembers, Before = before, BlockBytes = blockBytes, Watches = false },
            context,
            _ => topic.Connect());
        Engine = new WindowEngine(new EngineOptions(), Source.Partitions, this);
        Source.Attach(Engine);
        _thread = new Thread(Work) { IsBackground = true };
        _thread.Start();
    }

    public KafkaSource Source { get; }

    public WindowEngine Engine { get; }

    public ManualTime Time { get; }

    /// <summary>The letters, in the order in which they were applied.</summary>
    public List<(int Partition, long Offset, string Value)> Letters { get; } = [];

    /// <summary>What ended it, if anything did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>What people were told.</summary>
    public string Said
    {
        get
        {
            lock (_engineLock)
            {
                return _said.ToString();
            }
        }
    }

    public void Publish(Publication publication)
    {
    }

    public void MarkFinal(WindowDefinition family, long beforeMs)
    {
    }

    public void DeadLetter(DeadLetter letter) =>
        Letters.Add((letter.Partition, _block!.NumberOf(letter.Offset), System.Text.Encoding.UTF8.GetString(_block.Original(letter))));

    public int Applied()
    {
        lock (_engineLock)
        {
            return Letters.Count;
        }
    }

    public long Counted(int partition)
    {
        lock (_engineLock)
        {
            return Engine.Partitions[partition].Counted;
        }
    }

    public TimeSpan? SilenceOf(int partition)
    {
        lock (_engineLock)
        {
            return Source.SilenceOf(partition);
        }
    }

    /// <summary>What a checkpoint would keep, as the next run reads it.</summary>
    public JsonElement Capture()
    {
        ISourcePosition position;
        lock (_engineLock)
        {
            position = Source.Capture();
        }

        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            position.Write(json, new StateItems(0));
            json.WriteEndObject();
        }

        Source.Saved(position);
        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    /// <summary>Stops where it stands; what is not applied yet never is.</summary>
    public void Stop()
    {
        Source.Stop();
        _thread.Join();
    }

    public Exception WaitForFailure()
    {
        Until.True(() => Failure is not null, "the run fails");
        return Failure!;
    }

    public void Dispose()
    {
        Stop();
        Source.Dispose();
    }

    private void Work()
    {
        try
        {
            EventParser parser = new();
            RecordBlock block = Source.NewBlock();
            while (Source.Read(block))
            {
                block.Parse(parser, maxFutureSkewMs: 1000);
                for (bool isWhole = false; !isWhole;)
                {
                    lock (_engineLock)
                    {
                        while (Engine.Partitions.Count <= block.Partition)
                        {
                            Engine.AddPartition();
                        }

                        _block = block;
                        isWhole = block.Apply(Engine);
                        Source.Applied(block);
                    }
                }
            }
        }
        catch (SourceException failure)
        {
            Failure = failure;
        }
    }
}
