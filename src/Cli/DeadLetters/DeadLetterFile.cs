using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Engine;
using Tidemark.Sinks;

namespace Tidemark.Cli.DeadLetters;

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
    /// <param name="source">What is read: its name stands in every letter, and it is never emptied.</param>
    /// <exception cref="SinkException">It cannot be written.</exception>
    /// <exception cref="UsageException">It is the source.</exception>
    public static DeadLetterFile Open(string path, LineSource source)
    {
        FileStream? file = null;
        try
        {
            // Emptied only when it is known that it is another file than the source: its name alone does not tell.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
            RequireOther(file, source, path);
            if (file.CanSeek && file.Length > 0)
            {
                file.SetLength(0);
            }

            return new DeadLetterFile(path, source.Name, file);
        }
        catch (UsageException)
        {
            file?.Dispose();
            throw;
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            file?.Dispose();
            throw new SinkException($"cannot write dead letters to {path}: {IoProblem.Describe(error, path)}", error);
        }
    }

    private static void RequireOther(FileStream file, LineSource source, string path)
    {
        if (source.Identity is { } identity && identity == FileIdentity.Of(file.SafeFileHandle))
        {
            throw new UsageException($"--dead-letters: expected another file than --source, got '{path}'");
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
        if (letter.MissedMinuteMs is { } minute)
        {
            _json.WriteString("missed_minute", TimeText.Format(minute));
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
            // Part of it may be there: it must not be written again.
            _buffer.ResetWrittenCount();
            throw new SinkException($"cannot write dead letters to {_path}: {IoProblem.Describe(error)}", error);
        }
    }

    /// <summary>Writes what is buffered, whatever ended the run. A failure is not thrown: it would hide the one before it, and the file is complete after <see cref="Flush"/>.</summary>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        catch (SinkException)
        {
            // Told by the Flush that every run ends with, if nothing worse was to tell.
        }

        _json.Dispose();
        _file.Dispose();
    }
}
