namespace Tidemark.Cli.Sources.Formats;

/// <summary>A canonical Huffman code of bzip2.</summary>
internal sealed class Bzip2Code
{
    /// <summary>The longest code word, in bits.</summary>
    public const int MaxLength = 20;

    /// <summary>The most symbols: 256 bytes less one, two of runs, the block's end.</summary>
    public const int MaxSymbols = 258;

    private readonly int[] _last = new int[MaxLength + 1]; // the last word of each length
    private readonly int[] _base = new int[MaxLength + 1]; // what to take from a word to get the number of its symbol
    private readonly short[] _symbols = new short[MaxSymbols]; // by their words
    private int _count;
    private int _minLength;

    /// <summary>Makes the code anew.</summary>
    /// <param name="lengths">The length of each symbol's word, 1 to <see cref="MaxLength"/> bits.</param>
    public void Set(ReadOnlySpan<byte> lengths)
    {
        _count = 0;
        _minLength = MaxLength;
        int word = 0;
        for (int length = 1; length <= MaxLength; length++)
        {
            _base[length] = word - _count;
            for (int symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] == length)
                {
                    _symbols[_count++] = (short)symbol;
                    _minLength = Math.Min(_minLength, length);
                    word++;
                }
            }

            _last[length] = word - 1;
            word <<= 1;
        }
    }

    /// <summary>Reads a symbol.</summary>
    /// <exception cref="InvalidDataException">The bits are no word of the code, or there are no more.</exception>
    public int Read(Bzip2Input input)
    {
        int length = _minLength;
        int word = (int)input.Read(length);
        while (word > _last[length])
        {
            if (++length > MaxLength)
            {
                throw new InvalidDataException(Bzip2Block.Damaged);
            }

            word = (word << 1) | (int)input.Read(1);
        }

        int index = word - _base[length];
        return (uint)index < (uint)_count ? _symbols[index] : throw new InvalidDataException(Bzip2Block.Damaged);
    }
}
