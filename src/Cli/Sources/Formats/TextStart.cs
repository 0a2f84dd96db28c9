namespace Tidemark.Cli.Sources.Formats;

/// <summary>The first bytes of a text, read as far as it takes to tell what it is.</summary>
/// <param name="Bytes">What was read, without the padding.</param>
/// <param name="Padding">NUL bytes before it: a hole that log rotation left.</param>
/// <param name="Form">What it is.</param>
internal sealed record TextStart(ReadOnlyMemory<byte> Bytes, long Padding, TextForm Form)
{
    private const int MaxBytes = 512;

    /// <summary>Reads it. Of a live text no line that could be counted is waited for.</summary>
    /// <exception cref="IOException">The text cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is cut off or damaged.</exception>
    public static TextStart Read(Stream text)
    {
        byte[] bytes = new byte[MaxBytes];
        int length = 0;
        PaddingSkipper skipper = new();
        while (true)
        {
            int read = text.Read(bytes.AsSpan(length));
            length = skipper.Skip(bytes, length + read);
            bool isEnd = read == 0;
            if ((isEnd || !PaddingSkipper.NeedsMore(bytes.AsSpan(0, length)))
                && TextForm.Of(bytes.AsSpan(0, length), isEnd || length == MaxBytes) is { } form)
            {
                return new TextStart(bytes.AsMemory(0, length), skipper.Skipped, form);
            }
        }
    }
}
