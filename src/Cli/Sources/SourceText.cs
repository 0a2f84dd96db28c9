using Tidemark.Cli.Sources.Formats;

namespace Tidemark.Cli.Sources;

/// <summary>
/// The text of a file or a pipe, as lines of UTF-8 whatever its first bytes say that it is. Nothing is read before it is asked for.
/// </summary>
/// <remarks>
/// What is made of a part of an input is the start of what is made of all of it, so a file that has grown is known by its text.
/// </remarks>
/// <param name="input">The bytes.</param>
/// <param name="path">Where they lie, for messages; null for a pipe.</param>
internal sealed class SourceText(Stream input, string? path = null) : ForwardStream
{
    private readonly List<TextForm> _forms = [];
    private Stream? _text;

    /// <summary>
    /// Whether the text is the input as it is, byte for byte, from <see cref="Padding"/> on. Known once the first bytes were read.
    /// </summary>
    public bool IsPlain => _text is not null && _forms.Count == 0;

    /// <summary>Whether its records are elements of a JSON array, not lines.</summary>
    public bool IsArray => _forms.Count > 0 && _forms[^1].Kind == FormKind.Array;

    /// <summary>What it is, from the outside in: <c>a JSON array in gzip</c>.</summary>
    public string Form => _forms.Count == 0 ? TextForm.Lines.Name : string.Join(" in ", _forms.AsEnumerable().Reverse().Select(form => form.Name));

    /// <summary>NUL bytes that were skipped at the start.</summary>
    public long Padding { get; private set; }

    /// <summary>Whether there is nothing but such bytes.</summary>
    public bool IsPadding { get; private set; }

    /// <summary>Reads the first bytes.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="UnreadableFormException">They have a form that is not read.</exception>
    /// <exception cref="InvalidDataException">They are cut off or damaged.</exception>
    public void Detect()
    {
        Stream text = input;
        while (true)
        {
            TextStart start = TextStart.Read(text);
            Padding += start.Padding;
            IsPadding = Padding > 0 && start.Bytes.IsEmpty;
            text = new JoinedStream(WithoutMark(start), text);
            if (start.Form.Kind == FormKind.Lines)
            {
                _text = text;
                return;
            }

            text = Decode(start, text);
            _forms.Add(start.Form);
            if (start.Form.Kind == FormKind.Array)
            {
                _text = text;
                return;
            }
        }
    }

    /// <summary>Goes to a place of an input that can seek and is plain.</summary>
    /// <param name="position">The place in the text.</param>
    public void SeekPlain(long position)
    {
        input.Position = Padding + position;
        _text = input;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_text is null)
        {
            Detect();
        }

        return _text!.Read(buffer);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _text?.Dispose();
            input.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The bytes that were read; before an array a byte order mark would be taken for a line.</summary>
    private static ReadOnlyMemory<byte> WithoutMark(TextStart start) =>
        start.Form.Kind == FormKind.Array && start.Bytes.Span.StartsWith(LineBlockReader.ByteOrderMark)
            ? start.Bytes[LineBlockReader.ByteOrderMark.Length..] : start.Bytes;

    private Stream Decode(TextStart start, Stream text)
    {
        TextForm form = start.Form;
        bool isCompressed = form.Kind is FormKind.Gzip or FormKind.Zstd or FormKind.Bzip2;
        if (isCompressed && _forms.Count > 0)
        {
            throw UnreadableFormException.Of(_forms[0], form);
        }

        return form.Kind switch
        {
            FormKind.Array => new ArrayText(text),
            FormKind.Gzip => new GzipText(text),
            FormKind.Zstd => new ZstdText(text),
            FormKind.Bzip2 => new Bzip2Text(text),
            FormKind.Utf16 => new Utf16Text(text, isBigEndian: false),
            FormKind.Utf16BigEndian => new Utf16Text(text, isBigEndian: true),
            _ => throw UnreadableFormException.Of(form, _forms.Count == 0 ? path : null),
        };
    }
}
