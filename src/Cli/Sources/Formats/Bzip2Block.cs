namespace Tidemark.Cli.Sources.Formats;

/// <summary>
/// A block of bzip2 data: decoded as a whole into at most 3.6 MB, and turned into text, of which there may be 51 times as much, as that is
/// asked for.
/// </summary>
internal sealed class Bzip2Block
{
    /// <summary>What is said of data that break the format's rules, or its checksums.</summary>
    public const string Damaged = "the bzip2 data are damaged";

    private const int BytesPerLevel = 100_000;
    private const int MinCodes = 2;
    private const int MaxCodes = 6;
    private const int SymbolsPerSelector = 50;
    private const int MaxSelectors = 18_002;
    private const int RunOfFour = 4;

    private static readonly uint[] ChecksumOfByte = MakeChecksums();

    private readonly Bzip2Code[] _codes = [new(), new(), new(), new(), new(), new()];
    private readonly byte[] _selectors = new byte[MaxSelectors];
    private readonly byte[] _used = new byte[256]; // the bytes that occur, in the order of those used last
    private readonly int[] _counts = new int[256];
    private uint[] _bytes = []; // a byte in the lowest 8 bits, and above it where the next one is
    private int _max;
    private int _length;
    private int _unread;
    private uint _next;
    private byte _last;
    private int _equal; // how many times the last byte has come
    private int _repeats; // how many times it still comes
    private uint _checksum;
    private uint _expected;
    private bool _isRandomised;
    private Bzip2Randomness _randomness;

    /// <summary>Makes room for the blocks of a stream.</summary>
    /// <param name="level">Hundreds of thousands of bytes, 1 to 9.</param>
    public void Reserve(int level)
    {
        _max = level * BytesPerLevel;
        if (_bytes.Length < _max)
        {
            _bytes = new uint[_max];
        }
    }

    /// <summary>Decodes a block.</summary>
    /// <param name="input">The data behind the checksum.</param>
    /// <param name="checksum">The checksum of its text.</param>
    /// <exception cref="InvalidDataException">The data are cut off or damaged.</exception>
    public void Decode(Bzip2Input input, uint checksum)
    {
        _isRandomised = input.Read(1) == 1;
        _randomness = default;
        uint origin = input.Read(24);
        int used = ReadUsed(input);
        int codes = (int)input.Read(3);
        Require(codes is >= MinCodes and <= MaxCodes);
        int selectors = ReadSelectors(input, codes);
        ReadCodes(input, codes, used + 2);
        ReadBytes(input, selectors, endOfBlock: used + 1);
        Require(origin < _length);
        Link();
        _next = _bytes[origin] >> 8;
        _unread = _length;
        (_equal, _repeats, _checksum, _expected) = (0, 0, uint.MaxValue, checksum);
    }

    /// <summary>Hands out text.</summary>
    /// <returns>0 at the end of the block.</returns>
    /// <exception cref="InvalidDataException">The text is not what its checksum says.</exception>
    public int Read(Span<byte> buffer)
    {
        int written = 0;
        while (written < buffer.Length && (_repeats > 0 || _unread > 0))
        {
            if (_repeats > 0)
            {
                int count = Math.Min(_repeats, buffer.Length - written);
                buffer.Slice(written, count).Fill(_last);
                written += count;
                _repeats -= count;
                continue;
            }

            uint entry = _bytes[_next];
            (_next, byte value) = (entry >> 8, (byte)(_isRandomised ? entry ^ _randomness.Next() : entry));
            _unread--;
            if (_equal == RunOfFour)
            {
                // Behind four equal bytes stands how many more there are.
                (_repeats, _equal) = (value, 0);
                continue;
            }

            _equal = _equal > 0 && value == _last ? _equal + 1 : 1;
            buffer[written++] = _last = value;
        }

        foreach (byte value in buffer[..written])
        {
            _checksum = (_checksum << 8) ^ ChecksumOfByte[(_checksum >> 24) ^ value];
        }

        Require(written > 0 || _length == 0 || ~_checksum == _expected);
        return written;
    }

    private static void Require(bool isValid)
    {
        if (!isValid)
        {
            throw new InvalidDataException(Damaged);
        }
    }

    /// <summary>Reads which bytes occur.</summary>
    private int ReadUsed(Bzip2Input input)
    {
        int count = 0;
        uint rows = input.Read(16);
        for (int row = 0; row < 16; row++)
        {
            uint columns = (rows & (0x8000u >> row)) != 0 ? input.Read(16) : 0;
            for (int column = 0; column < 16; column++)
            {
                if ((columns & (0x8000u >> column)) != 0)
                {
                    _used[count++] = (byte)((16 * row) + column);
                }
            }
        }

        Require(count > 0);
        return count;
    }

    /// <summary>Reads which code each 50 symbols have.</summary>
    private int ReadSelectors(Bzip2Input input, int codes)
    {
        int count = (int)input.Read(15);
        Require(count > 0);
        Span<byte> order = [0, 1, 2, 3, 4, 5];
        for (int i = 0; i < count; i++)
        {
            int at = 0;
            while (input.Read(1) == 1)
            {
                Require(++at < codes);
            }

            byte selector = MoveToFront(order, at);

            // Some writers round their number up; none is used beyond those of a full block.
            if (i < MaxSelectors)
            {
                _selectors[i] = selector;
            }
        }

        return Math.Min(count, MaxSelectors);
    }

    private void ReadCodes(Bzip2Input input, int codes, int symbols)
    {
        Span<byte> lengths = stackalloc byte[Bzip2Code.MaxSymbols];
        for (int code = 0; code < codes; code++)
        {
            int length = (int)input.Read(5);
            for (int symbol = 0; symbol < symbols; symbol++)
            {
                Require(length is >= 1 and <= Bzip2Code.MaxLength);
                while (input.Read(1) == 1)
                {
                    length += input.Read(1) == 0 ? 1 : -1;
                    Require(length is >= 1 and <= Bzip2Code.MaxLength);
                }

                lengths[symbol] = (byte)length;
            }

            _codes[code].Set(lengths[..symbols]);
        }
    }

    /// <summary>Reads the bytes, in the order that the block was sorted to.</summary>
    private void ReadBytes(Bzip2Input input, int selectors, int endOfBlock)
    {
        _length = 0;
        _unread = 0;
        Array.Clear(_counts);
        Bzip2Code code = _codes[0];
        int selector = 0;
        int run = 0;
        int digit = 0;
        for (int left = 0; ; left--)
        {
            if (left == 0)
            {
                Require(selector < selectors);
                code = _codes[_selectors[selector++]];
                left = SymbolsPerSelector;
            }

            int symbol = code.Read(input);
            if (symbol <= 1)
            {
                // A digit of the length of a run, in a number system with the digits 1 and 2.
                run += (symbol + 1) << digit++;
                Require(run <= _max - _length);
                continue;
            }

            if (run > 0)
            {
                Add(_used[0], run);
                (run, digit) = (0, 0);
            }

            if (symbol == endOfBlock)
            {
                return;
            }

            Require(_length < _max);
            Add(MoveToFront(_used, symbol - 1), 1);
        }
    }

    private void Add(byte value, int count)
    {
        _bytes.AsSpan(_length, count).Fill(value);
        _counts[value] += count;
        _length += count;
    }

    /// <summary>Notes at each byte where the one behind it is: the Burrows-Wheeler transform the other way round.</summary>
    private void Link()
    {
        int sum = 0;
        foreach (ref int count in _counts.AsSpan())
        {
            (count, sum) = (sum, sum + count);
        }

        for (int i = 0; i < _length; i++)
        {
            _bytes[_counts[(byte)_bytes[i]]++] |= (uint)i << 8;
        }
    }

    private static byte MoveToFront(Span<byte> order, int at)
    {
        byte value = order[at];
        order[..at].CopyTo(order[1..]);
        order[0] = value;
        return value;
    }

    private static uint[] MakeChecksums()
    {
        const uint Polynomial = 0x04C11DB7;
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i << 24;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value << 1) ^ ((value & 0x80000000) != 0 ? Polynomial : 0);
            }

            table[i] = value;
        }

        return table;
    }
}
