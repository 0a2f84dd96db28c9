using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Tidemark.Cli.DeadLetters;
using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Cli.State;

/// <summary>What is captured for a checkpoint while the engine waits. Immutable.</summary>
/// <param name="Engine">What the engine knows.</param>
/// <param name="Outbox">What it has put out and the sinks have not confirmed.</param>
/// <param name="Sequence">The number of the last thing that it has put out.</param>
/// <param name="Position">How far the source has been applied.</param>
/// <param name="DeadLetters">How far the dead letters go; null when they are not kept, or where no length can be told.</param>
/// <param name="IsClean">Whether the run has ended with this, and writes nothing more.</param>
internal sealed record RunCapture(
    EngineSnapshot Engine, IReadOnlyList<EngineEvent> Outbox, long Sequence, ISourcePosition Position, DeadLetterMark? DeadLetters, bool IsClean);

/// <summary>
/// The content of a checkpoint: a version, the length of a JSON object, the object (what is small: who wrote it, the configuration, the
/// sources), and the engine in its own binary form. What a later version adds to the object is passed over by this one.
/// </summary>
internal static class RunStateCodec
{
    private const byte Version = 1;
    private const int PrefixBytes = 5;

    /// <summary>The version of the product.</summary>
    public static string ProductVersion { get; } =
        typeof(RunStateCodec).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="capture">What was captured.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="others">Positions of sources of other kinds, which are kept as they are.</param>
    /// <param name="written">The time by the clock.</param>
    /// <param name="parts">The numbers of panes' parts.</param>
    /// <param name="items">Takes what the checkpoint names.</param>
    public static byte[] Encode(
        RunCapture capture, EngineOptions options, IReadOnlyDictionary<string, JsonElement> others,
        DateTimeOffset written, PartTable parts, StateItems items)
    {
        items.Begin();
        parts.Begin();
        byte[] engine = SnapshotCodec.Encode(capture.Engine, capture.Outbox, options, parts);
        foreach ((long number, byte[] bytes) in parts.New)
        {
            items.Add(number, bytes);
        }

        foreach (long number in parts.Used)
        {
            items.Use(number);
        }

        ArrayBufferWriter<byte> buffer = new(engine.Length + 4096);
        buffer.Advance(Reserve(buffer, PrefixBytes));
        using (Utf8JsonWriter json = new(buffer))
        {
            WriteHead(json, capture, options, others, written, items);
        }

        byte[] content = new byte[buffer.WrittenCount + engine.Length];
        buffer.WrittenSpan.CopyTo(content);
        content[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(1), buffer.WrittenCount - PrefixBytes);
        engine.CopyTo(content, buffer.WrittenCount);
        return content;
    }

    /// <summary>Reads what stands beside the engine.</summary>
    /// <exception cref="InvalidDataException">It is not a checkpoint of this version.</exception>
    public static StateHead DecodeHead(ReadOnlyMemory<byte> content)
    {
        int length = content.Length < PrefixBytes ? -1 : BinaryPrimitives.ReadInt32LittleEndian(content.Span[1..]);
        if (length < 0 || length > content.Length - PrefixBytes)
        {
            throw new InvalidDataException($"a checkpoint of {content.Length} bytes has no readable head");
        }

        if (content.Span[0] != Version)
        {
            throw new InvalidDataException($"the checkpoint is of format {content.Span[0]}, this version of tidemark reads {Version}");
        }

        try
        {
            using JsonDocument head = JsonDocument.Parse(content.Slice(PrefixBytes, length));
            return ReadHead(head.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"the head of the checkpoint cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads the engine.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static (EngineSnapshot Engine, IReadOnlyList<EngineEvent> Outbox) DecodeEngine(
        ReadOnlyMemory<byte> content, EngineOptions options, Func<long, ReadOnlyMemory<byte>> item, PartTable parts)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(content.Span[1..]);
        try
        {
            return SnapshotCodec.Decode(content.Span[(PrefixBytes + length)..], options, item, parts);
        }
        catch (Exception error) when (error is OverflowException or ArgumentException)
        {
            throw new InvalidDataException($"the engine's state cannot be read: {error.Message}", error);
        }
    }

    private static int Reserve(ArrayBufferWriter<byte> buffer, int bytes) => buffer.GetSpan(bytes)[..bytes].Length;

    private static void WriteHead(
        Utf8JsonWriter json, RunCapture capture, EngineOptions options,
        IReadOnlyDictionary<string, JsonElement> others, DateTimeOffset written, StateItems items)
    {
        json.WriteStartObject();
        json.WriteString("tidemark", ProductVersion);
        json.WriteString("written", written.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        json.WriteBoolean("clean", capture.IsClean);
        json.WriteStartObject("engine");
        StateSummary.Of(capture.Engine, capture.Outbox.Count).Write(json);
        json.WriteEndObject();
        json.WritePropertyName("configuration");
        Fingerprint.Write(json, Fingerprint.Of(options));
        json.WriteStartObject("sources");
        foreach ((string kind, JsonElement other) in others)
        {
            json.WritePropertyName(kind);
            other.WriteTo(json);
        }

        json.WriteStartObject(capture.Position.Kind);
        capture.Position.Write(json, items);
        json.WriteEndObject();
        json.WriteEndObject();
        if (capture.DeadLetters is { } letters)
        {
            json.WriteStartObject("deadLetters");
            letters.Write(json);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static StateHead ReadHead(JsonElement root) => new(
        root.GetProperty("tidemark").GetString() ?? "",
        root.GetProperty("written").GetDateTimeOffset(),
        root.GetProperty("clean").GetBoolean(),
        StateSummary.ReadFrom(root.GetProperty("engine")),
        Fingerprint.Read(root.GetProperty("configuration")),
        root.GetProperty("sources").EnumerateObject().ToDictionary(source => source.Name, source => source.Value.Clone(), StringComparer.Ordinal),
        root.TryGetProperty("deadLetters", out JsonElement letters) ? DeadLetterMark.Read(letters) : null);
}

/// <summary>What stands in a checkpoint beside the engine.</summary>
/// <param name="ProductVersion">The version of tidemark that wrote it.</param>
/// <param name="Written">When, by the clock.</param>
/// <param name="IsClean">Whether the run ended with it, and wrote nothing more.</param>
/// <param name="Summary">What the engine knew, in a few numbers.</param>
/// <param name="Configuration">The configuration's <see cref="Fingerprint"/>.</param>
/// <param name="Sources">The positions of the sources, by kind.</param>
/// <param name="DeadLetters">How far the dead letters go.</param>
internal sealed record StateHead(
    string ProductVersion,
    DateTimeOffset Written,
    bool IsClean,
    StateSummary Summary,
    IReadOnlyDictionary<string, string> Configuration,
    IReadOnlyDictionary<string, JsonElement> Sources,
    DeadLetterMark? DeadLetters);
