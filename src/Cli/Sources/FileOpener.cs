using Microsoft.Win32.SafeHandles;
using Tidemark.Cli.Sources.Formats;
using Tidemark.Sinks;

namespace Tidemark.Cli.Sources;

/// <summary>Opens files where they were left: knows them by what they say, and refuses those that are not what they were.</summary>
/// <param name="memory">The files that were counted before; null when nothing is remembered.</param>
/// <param name="follows">Whether files are followed as they grow: one that was cut or replaced is read from its start then.</param>
internal sealed class FileOpener(FileMemory? memory, bool follows)
{
    /// <summary>Opens a file at its start, or behind what is counted of it.</summary>
    /// <param name="path">The file. One that is no regular file is opened too, and waits for its other end.</param>
    /// <exception cref="SourceException">It cannot be opened, or is not what it was when it was counted.</exception>
    public TextInput Open(string path) => OpenIf(path, null)!;

    /// <summary>Makes sure that a file has a form that is read. What else is wrong with it is told when it is opened.</summary>
    /// <exception cref="SourceException">It has not.</exception>
    public static void RequireForm(string path)
    {
        try
        {
            if (FileIdentity.At(path) is not null)
            {
                using FileStream file = OpenPlain(path);
                using SourceText text = new(file, path);
                text.Detect();
            }
        }
        catch (UnreadableFormException error)
        {
            throw new SourceException($"cannot read {path}: {error.Message}", error);
        }
        catch (Exception error) when (error is InvalidDataException || IoProblem.Is(error))
        {
            // It may be there, and whole, when its turn comes.
        }
    }

    /// <summary>Opens a file as <see cref="Open(string)"/> does, if it is still the one that was seen at the path.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">Which file was seen; null for any.</param>
    /// <returns>Null when it is another one by now; of a file that is followed also while it holds nothing but NUL bytes.</returns>
    /// <exception cref="SourceException">It cannot be opened, or is not what it was when it was counted.</exception>
    public TextInput? OpenIf(string path, FileIdentity? expected)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            if ((expected is null || FileIdentity.Of(file.SafeFileHandle) == expected) && Open(path, file) is { } input)
            {
                return input;
            }

            file.Dispose();
            return null;
        }
        catch (UnreadableFormException error)
        {
            file?.Dispose();
            throw new SourceException($"cannot read {path}: {error.Message}", error);
        }
        catch (FileNotFoundException) when (expected is not null)
        {
            return null;
        }
        catch (Exception error) when (error is InvalidDataException || IoProblem.Is(error))
        {
            file?.Dispose();
            throw new SourceException($"cannot read {path}: {(error is InvalidDataException ? error.Message : IoProblem.Describe(error))}", error);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>How far the file at a path is counted, and whether there is more; null when it is not known.</summary>
    public static KnownFile? Find(string path, FileMemory memory)
    {
        try
        {
            if (FileIdentity.At(path) is not { } identity)
            {
                return null;
            }

            using FileStream file = OpenPlain(path);
            foreach (RememberedFile known in memory.StartingAs(Head(file), Path.GetFullPath(path), identity))
            {
                if (Compare(file, known.Mark, out bool hasMore) == Likeness.Same)
                {
                    return new KnownFile(known.Mark, hasMore);
                }
            }

            return null;
        }
        catch (Exception error) when (error is InvalidDataException || IoProblem.Is(error))
        {
            return null;
        }
    }

    /// <summary>Whether the file at a path is the one of a mark, or has grown from it.</summary>
    public static bool IsSame(string path, FileMark mark)
    {
        try
        {
            if (FileIdentity.At(path) is null)
            {
                return false;
            }

            using FileStream file = OpenPlain(path);
            byte[] head = Head(file);
            return head.Length >= mark.HeadBytes && FileMark.Hash(head.AsSpan(0, mark.HeadBytes)) == mark.Head
                && Compare(file, mark, out _) == Likeness.Same;
        }
        catch (Exception error) when (error is InvalidDataException || IoProblem.Is(error))
        {
            return false;
        }
    }

    private TextInput? Open(string path, FileStream file)
    {
        SourceText text = new(file, file.CanSeek ? path : null);
        if (!file.CanSeek)
        {
            return new TextInput { Name = path, Text = text, IsLive = true };
        }

        // What cannot be read is found out before anything is written. A pipe would wait here for its first bytes.
        text.Detect();
        FileIdentity? identity = FileIdentity.Of(file.SafeFileHandle);
        if (follows && !text.IsPlain)
        {
            throw new SourceException(
                $"cannot follow {path}: it is {text.Form}, and only plain lines are followed. Leave --follow out to read what is there, "
                    + $"or feed it as it grows by tail -c +1 -F {ShellText.Word(path)} | tidemark run --source -");
        }

        if (follows && text.IsPadding)
        {
            // Where its text begins is not known yet.
            return null;
        }

        RememberedFile? known = memory is null ? null : Find(path, file, identity);
        TextTrace? trace = memory is null ? null : new TextTrace();
        if (known is null)
        {
            TextInput input = New(path, file, text.IsPlain ? FromStart(file, text) : text, identity, trace);
            input.AddPadding(text.Padding);
            return input;
        }

        FileMark mark = known.Mark;
        StartAt(mark, file, text, trace!);
        memory!.Remove(known);
        return new TextInput
        {
            Name = path, Raw = file, Text = text.IsPlain ? file : text, File = identity,
            Trace = trace, Start = mark.Position, StartsWithinLine = mark.IsWithinLine, IsKnown = true,
            IsWithinLine = mark.IsWithinLine, Lines = mark.Lines, ArrivedMs = mark.ArrivedMs, ArrivedUntil = mark.ArrivedUntil,
        };
    }

    private static TextInput New(string path, FileStream file, Stream text, FileIdentity? identity, TextTrace? trace) =>
        new() { Name = path, Raw = file, Text = text, File = identity, Trace = trace };

    /// <summary>The file itself from the start of its text: nothing stands between it and the blocks.</summary>
    private static FileStream FromStart(FileStream file, SourceText text)
    {
        text.SeekPlain(0);
        return file;
    }

    /// <summary>The file among those that were counted; null when it is another one.</summary>
    /// <exception cref="SourceException">It is one of them, and not what it was.</exception>
    private RememberedFile? Find(string path, FileStream file, FileIdentity? identity)
    {
        byte[] head = Head(file);
        SourceException? refusal = null;
        string full = Path.GetFullPath(path);
        foreach (RememberedFile known in memory!.StartingAs(head, full, identity))
        {
            FileMark mark = known.Mark;
            Likeness likeness = Compare(file, mark, out _);
            if (likeness == Likeness.Same)
            {
                return known;
            }

            bool isThatFile = mark.Path == full || (identity is not null && mark.File == identity);
            if (likeness == Likeness.Shorter || isThatFile)
            {
                refusal ??= Refusal(path, mark, likeness);
            }
        }

        // Shorter than what is known of it at its start: cut, if it starts the same as far as it goes.
        if (refusal is null && memory.LastAt(full, identity)?.Mark is { } last && head.Length < last.HeadBytes && last.StartsAs(head))
        {
            refusal = Refusal(path, last, Likeness.Shorter);
        }

        // Followed files are cut and written anew; what is there then was not counted.
        return refusal is null || follows ? null : throw refusal;
    }

    private enum Likeness
    {
        Same,
        Shorter,
        Changed,
    }

    private static FileStream OpenPlain(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private static byte[] Head(FileStream file)
    {
        using SourceText text = TextOf(file);
        byte[] head = new byte[FileMark.SampleBytes];
        return head[..ReadAvailable(text, head)];
    }

    /// <summary>Reads up to the end, or to where the text is cut off or damaged, which is told when its lines are read.</summary>
    private static int ReadAvailable(SourceText text, Span<byte> buffer)
    {
        int total = 0;
        try
        {
            while (total < buffer.Length && text.Read(buffer[total..]) is > 0 and int read)
            {
                total += read;
            }
        }
        catch (InvalidDataException)
        {
            // What came before it counts.
        }

        return total;
    }

    /// <summary>The text of an open file from its start. By its handle: at its path there may be another one by now.</summary>
    private static SourceText TextOf(FileStream file)
    {
        SourceText text = new(new FileStream(new SafeFileHandle(file.SafeFileHandle.DangerousGetHandle(), ownsHandle: false),
            FileAccess.Read, bufferSize: 0) { Position = 0 });
        text.Detect();
        return text;
    }

    private static Likeness Compare(FileStream file, FileMark mark, out bool hasMore)
    {
        hasMore = false;
        using SourceText text = TextOf(file);
        byte[] tail = new byte[mark.TailBytes];
        if (!Skip(file, text, mark.Position - mark.TailBytes) || ReadAvailable(text, tail) < tail.Length)
        {
            return Likeness.Shorter;
        }

        hasMore = HasMore(text);
        return FileMark.Hash(tail) == mark.Tail ? Likeness.Same : Likeness.Changed;
    }

    private static bool HasMore(SourceText text)
    {
        try
        {
            return text.Read(stackalloc byte[1]) > 0;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    /// <returns>Whether there are so many bytes.</returns>
    private static bool Skip(FileStream file, SourceText text, long bytes)
    {
        if (text.IsPlain)
        {
            bool isThere = file.Length - text.Padding >= bytes;
            text.SeekPlain(bytes);
            return isThere;
        }

        byte[] skipped = new byte[FileMark.SampleBytes];
        while (bytes > 0)
        {
            int read = ReadAvailable(text, skipped.AsSpan(0, (int)Math.Min(skipped.Length, bytes)));
            if (read == 0)
            {
                return false;
            }

            bytes -= read;
        }

        return true;
    }

    private static void StartAt(FileMark mark, FileStream file, SourceText text, TextTrace trace)
    {
        byte[] head = new byte[(int)Math.Min(FileMark.SampleBytes, mark.Position)];
        byte[] tail = new byte[mark.TailBytes];
        if (text.IsPlain)
        {
            head = head[..RandomAccess.Read(file.SafeFileHandle, head, text.Padding)];
            tail = tail[..RandomAccess.Read(file.SafeFileHandle, tail, text.Padding + mark.Position - tail.Length)];
            trace.StartAt(mark.Position, head.AsSpan(0, Math.Min(head.Length, mark.HeadBytes)), tail);
            text.SeekPlain(mark.Position);
            return;
        }

        byte[] some = new byte[FileMark.SampleBytes];
        while (trace.Position < mark.Position)
        {
            int read = text.Read(some.AsSpan(0, (int)Math.Min(some.Length, mark.Position - trace.Position)));
            if (read == 0)
            {
                throw new InvalidDataException($"it ends at {trace.Position} bytes of text, though {mark.Position} were counted");
            }

            trace.Append(trace.Position, some.AsSpan(0, read));
        }
    }

    private static SourceException Refusal(string path, FileMark mark, Likeness likeness)
    {
        string what = likeness == Likeness.Shorter
            ? $"it ends before byte {mark.Position} of its text, "
                + $"up to where it was counted (line {mark.Lines}): it was cut, or is a part of that file"
            : $"the text before byte {mark.Position}, up to where it was counted (line {mark.Lines}), is not what it was: it was changed";
        return new SourceException(
            $"cannot go on with {path}: {what}. Counted as {mark.Path}. Put the file back as it was; "
                + "or give it under another name without the lines that were counted; or, if it is "
            + "to be counted anew, count into another --lake. Nothing was changed");
    }
}

/// <summary>A file that was counted, at least a part of it.</summary>
/// <param name="Mark">How far.</param>
/// <param name="HasMore">Whether its text goes on behind that.</param>
internal sealed record KnownFile(FileMark Mark, bool HasMore);
