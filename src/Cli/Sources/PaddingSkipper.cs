using Tidemark.Core.Parsing;

namespace Tidemark.Cli.Sources;

/// <summary>
/// Takes runs of NUL bytes away where a line would begin: holes that log rotation or a crash left in a file, of any length. They may come in
/// pieces.
/// </summary>
internal struct PaddingSkipper
{
    private bool _isWithin;

    /// <summary>Bytes that were taken away.</summary>
    public long Skipped { get; private set; }

    /// <summary>Whether all there is may be the beginning of a run that is too short yet.</summary>
    public static bool NeedsMore(ReadOnlySpan<byte> text) => text.Length < EventParser.MinPaddingBytes && !text.ContainsAnyExcept((byte)0);

    /// <summary>Takes a run away that a text starts with.</summary>
    /// <param name="buffer">The text, which moves to the start.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>The new length.</returns>
    public int Skip(Span<byte> buffer, int length)
    {
        if (length == 0 || (buffer[0] != 0 && !_isWithin))
        {
            return length;
        }

        int zeros = buffer[..length].IndexOfAnyExcept((byte)0);
        zeros = zeros < 0 ? length : zeros;
        if (zeros < EventParser.MinPaddingBytes && !_isWithin)
        {
            return length;
        }

        _isWithin = zeros == length;
        Skipped += zeros;
        buffer[zeros..length].CopyTo(buffer);
        return length - zeros;
    }
}
