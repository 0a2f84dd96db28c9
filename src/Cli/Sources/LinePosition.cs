using System.Collections.Immutable;
using System.Text.Json;

namespace Tidemark.Cli.Sources;

/// <summary>How far files and pipes have been counted at one moment.</summary>
/// <param name="Open">The files that were being read.</param>
/// <param name="Pipes">Lines of each pipe, over all runs.</param>
/// <param name="Files">The files that were read to their end, in this run and before.</param>
internal sealed record LinePosition(
    IReadOnlyList<(TextInput Input, int Partition, TracePoint Point, CapturedProgress Progress)> Open,
    IReadOnlyList<KeyValuePair<string, long>> Pipes,
    ImmutableList<RememberedFile> Files) : ISourcePosition
{
    /// <summary>What positions in files and pipes are kept under.</summary>
    public const string Lines = "lines";

    /// <inheritdoc/>
    public string Kind => Lines;

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter json, State.StateItems items)
    {
        json.WriteStartArray("open");
        foreach ((TextInput input, int partition, TracePoint point, CapturedProgress progress) in Open.Where(open => open.Point.Head.Length > 0))
        {
            json.WriteStartObject();
            TextInput.MarkOf(point, input, partition, progress).Write(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("pipes");
        foreach ((string name, long lines) in Pipes)
        {
            json.WriteNumber(name, lines);
        }

        json.WriteEndObject();
        json.WriteStartArray("files");
        foreach (RememberedFile file in Files)
        {
            if (file.Number == 0)
            {
                file.Number = items.NewNumber();
                items.Add(file.Number, file.ToBytes());
            }

            items.Use(file.Number);
            json.WriteNumberValue(file.Number);
        }

        json.WriteEndArray();
    }

    /// <summary>The files and pipes of a position that was written.</summary>
    /// <param name="json">The object.</param>
    /// <param name="item">The pieces that it names.</param>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static (IReadOnlyList<RememberedFile> Open, IReadOnlyDictionary<string, long> Pipes, IReadOnlyList<RememberedFile> Files) Read(
        JsonElement json, Func<long, ReadOnlyMemory<byte>> item)
    {
        try
        {
            return (
                [.. json.GetProperty("open").EnumerateArray().Select(open => new RememberedFile(FileMark.Read(open)))],
                json.GetProperty("pipes").EnumerateObject().ToDictionary(pipe => pipe.Name, pipe => pipe.Value.GetInt64(), StringComparer.Ordinal),
                [.. json.GetProperty("files").EnumerateArray().Select(number => RememberedFile.Of(item(number.GetInt64()), number.GetInt64()))]);
        }
        catch (Exception error) when (
            error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"the positions in the sources cannot be read: {error.Message}", error);
        }
    }
}
