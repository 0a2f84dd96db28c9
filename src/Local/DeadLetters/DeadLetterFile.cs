using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Tidemark.Aggregation;
using Tidemark.Aggregation.Closing;
using Tidemark.Aggregation.Events;
using Tidemark.Storage;

namespace Tidemark.Local.DeadLetters;

/// <summary>
/// Records that entered no window, one JSON object a line: why, where they came from, and their bytes, as text when they are UTF-8 and as base64 when
/// not. Of a record that is too large the first <see cref="EventParser.MaxRecordBytes"/> + 1 bytes are kept.
/// </summary>
internal sealed class DeadLetterFile : IDisposable
{
    private const int FlushAtBytes = 1 << 16;

    private readonly string _path;
    private readonly string _source;
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushAtBytes * 2);
    private readonly Utf8JsonWriter _json;

    private DeadLetterFile(string path, string source, FileStream file)
    {
        _path = path;
        _source = source;
        _file = file;
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Opens a file for writing; what it held before is gone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">Name of the source, as it stands in every letter.</param>
    /// <exception cref="SinkException">It cannot be written.</exception>
    public static DeadLetterFile Open(string path, string source)
    {
        try
        {
            return new DeadLetterFile(path, source, new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot write dead letters to {path}: {IoProblem.Describe(error, path)}", error);
        }
    }

    /// <summary>Adds a letter.</summary>
    /// <exception cref="SinkException">The file cannot be written.</exception>
    public void Write(DeadLetter letter)
    {
        ReadOnlySpan<byte> value = letter.Bytes[..Math.Min(letter.Bytes.Length, EventParser.MaxRecordBytes + 1)];
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("reason", letter.Reason.Name());
        _json.WriteString("source", _source);
        _json.WriteNumber("partition", letter.Partition);
        _json.WriteNumber("offset", letter.Offset);
        if (letter.MissedPaneMs is { } pane)
        {
            _json.WriteString("window_start", TimeText.Format(pane));
        }

        if (Utf8.IsValid(value))
        {
            _json.WriteString("value", value);
        }
        else
        {
            _json.WriteBase64String("value_base64", value);
        }

        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FlushAtBytes)
        {
            Flush();
        }
    }

    /// <summary>Hands what is buffered to the operating system.</summary>
    /// <exception cref="SinkException">The file cannot be written.</exception>
    public void Flush()
    {
        if (_buffer.WrittenCount == 0)
        {
            return;
        }

        try
        {
            _file.Write(_buffer.WrittenSpan);
            _buffer.ResetWrittenCount();
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot write dead letters to {_path}: {IoProblem.Describe(error)}", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _file.Dispose();
    }
}
