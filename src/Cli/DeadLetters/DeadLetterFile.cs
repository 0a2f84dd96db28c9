using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Engine;
using Tidemark.Sinks;

namespace Tidemark.Cli.DeadLetters;

/// <summary>
/// Records that entered no window, one JSON object a line: why, where they came from, and their bytes, as text when they are UTF-8 and as base64 when
/// not. Of a record that is too large the first <see cref="EventParser.MaxRecordBytes"/> + 1 bytes are kept.
/// </summary>
internal sealed class DeadLetterFile : IDeadLetters
{
    private const int FlushAtBytes = 1 << 16;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly FileIdentity? _identity;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushAtBytes * 2);
    private readonly Utf8JsonWriter _json;
    private readonly Lock _lock = new(); // a checkpoint may hand over what is buffered while the end of the run does the same

    private DeadLetterFile(string path, FileStream file)
    {
        _path = path;
        _file = file;
        _identity = FileIdentity.Of(file.SafeFileHandle);
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Opens a file for writing. Its name never leads elsewhere: a symbolic link is refused, except in <c>/dev</c>.</summary>
    /// <param name="path">The file. A new one is for its owner alone.</param>
    /// <param name="sources">The files that are read: none of them is written.</param>
    /// <param name="keeps">Whether letters that are there stay, and others are added.</param>
    /// <exception cref="SinkException">It cannot be written.</exception>
    /// <exception cref="UsageException">It is a source.</exception>
    public static DeadLetterFile Open(string path, IEnumerable<FileIdentity> sources, bool keeps)
    {
        FileStream? file = null;
        try
        {
            // Emptied only when it is known that it is another file than the source: its name alone does not tell.
            RequireOther(FileIdentity.At(path), sources, path);
            file = PrivateFile.Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            DeadLetterFile letters = new(path, file);
            RequireOther(letters._identity, sources, path);
            if (file.CanSeek && file.Length > 0)
            {
                file.SetLength(keeps ? file.Length : 0);
                file.Seek(0, SeekOrigin.End);
            }

            if (letters._identity is not null && file.Length == 0 && !PrivateFile.IsDevice(path))
            {
                // Nobody has chosen to share what is about to be written. A file that is added to keeps the rights that it has.
                PrivateFile.Close(file);
            }

            return letters;
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

    /// <summary>Drops what a run wrote that did not live to say so in its state: the records are read again, and so are their letters.</summary>
    /// <param name="mark">How far the letters go that the state knows of. Of another file it says nothing.</param>
    /// <returns>Bytes that are missing of those that the state knows of; 0 when none are.</returns>
    /// <exception cref="SinkException">The file cannot be written.</exception>
    public long GoOnFrom(DeadLetterMark mark)
    {
        if (_identity != mark.File || !_file.CanSeek)
        {
            return 0;
        }

        try
        {
            long missing = Math.Max(0, mark.Length - _file.Length);
            _file.SetLength(Math.Min(_file.Length, mark.Length));
            _file.Seek(0, SeekOrigin.End);
            return missing;
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot write dead letters to {_path}: {IoProblem.Describe(error)}", error);
        }
    }

    /// <inheritdoc/>
    /// <returns>Null when it is no regular file.</returns>
    public DeadLetterMark? Mark()
    {
        lock (_lock)
        {
            return _identity is null ? null : new DeadLetterMark(Path.GetFullPath(_path), _identity, _file.Position);
        }
    }

    /// <inheritdoc/>
    public void FlushToDisk()
    {
        if (_identity is null)
        {
            return;
        }

        try
        {
            RandomAccess.FlushToDisk(_file.SafeFileHandle);
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot write dead letters to {_path}: {IoProblem.Describe(error)}", error);
        }
    }

    private static void RequireOther(FileIdentity? file, IEnumerable<FileIdentity> sources, string path)
    {
        if (file is not null && sources.Contains(file))
        {
            throw new UsageException($"--dead-letters: expected another file than --source, got '{path}'");
        }
    }

    /// <inheritdoc/>
    public void Write(in DeadLetter letter, ReadOnlySpan<byte> value, RecordForm form, string source, long number)
    {
        lock (_lock)
        {
            Append(letter, value, form, source, number);
        }
    }

    private void Append(in DeadLetter letter, ReadOnlySpan<byte> value, RecordForm form, string source, long number)
    {
        value = value[..Math.Min(value.Length, EventParser.MaxRecordBytes + 1)];
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("reason", letter.Reason.Name());
        _json.WriteString("source", source);
        _json.WriteNumber("partition", letter.Partition);
        _json.WriteNumber("offset", number);
        if (form != RecordForm.Unknown)
        {
            _json.WriteString("form", form.Name());
        }

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
            HandOver();
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        lock (_lock)
        {
            HandOver();
        }
    }

    private void HandOver()
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

    /// <summary>
    /// Writes what is buffered, whatever ended the run. A failure is not thrown: it would hide the one before it, and the file is complete
    /// after <see cref="Flush"/>.
    /// </summary>
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
