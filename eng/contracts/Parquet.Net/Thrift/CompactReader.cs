namespace Parquet.Thrift;

/// <summary>The wire types of the Thrift compact protocol.</summary>
internal enum CompactType : byte
{
    Stop = 0,
    True = 1,
    False = 2,
    Byte = 3,
    Int16 = 4,
    Int32 = 5,
    Int64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}

/// <summary>Reads the Thrift compact protocol. Sizes are bounded by the bytes that are left and nesting by <see cref="MaxDepth"/>.</summary>
internal ref struct CompactReader
{
    private const int MaxDepth = 32;
    private ByteReader _input;
    private CompactType _type;
    private int _depth;

    public CompactReader(ReadOnlySpan<byte> data) => _input = new ByteReader(data);

    public readonly int Position => _input.Position;

    /// <summary>Enters a struct; fields follow with <see cref="NextField"/> until it returns false.</summary>
    public void BeginStruct()
    {
        if (++_depth > MaxDepth)
        {
            throw new ParquetException($"the file is corrupt: metadata nested deeper than {MaxDepth}");
        }
    }

    public bool NextField(ref short id)
    {
        byte header = _input.ReadByte();
        _type = (CompactType)(header & 0x0F);
        if (_type == CompactType.Stop)
        {
            _depth--;
            return false;
        }

        int delta = header >> 4;
        id = delta == 0 ? (short)_input.ReadZigZag() : (short)(id + delta);
        return true;
    }

    public readonly bool ReadBool()
    {
        return _type switch
        {
            CompactType.True => true,
            CompactType.False => false,
            _ => throw Unexpected(CompactType.True),
        };
    }

    public sbyte ReadInt8()
    {
        Expect(CompactType.Byte);
        return (sbyte)_input.ReadByte();
    }

    public short ReadInt16()
    {
        Expect(CompactType.Int16);
        return (short)_input.ReadZigZag();
    }

    public int ReadInt32()
    {
        Expect(CompactType.Int32);
        return (int)_input.ReadZigZag();
    }

    public long ReadInt64()
    {
        Expect(CompactType.Int64);
        return _input.ReadZigZag();
    }

    public byte[] ReadBinary()
    {
        Expect(CompactType.Binary);
        return ReadBinaryElement().ToArray();
    }

    public string ReadString()
    {
        Expect(CompactType.Binary);
        return ReadStringElement();
    }

    public string ReadStringElement() => System.Text.Encoding.UTF8.GetString(ReadBinaryElement());

    public int ReadInt32Element() => (int)_input.ReadZigZag();

    /// <summary>The number of elements; each takes a byte at least, which bounds it.</summary>
    public int BeginList(CompactType elements)
    {
        Expect(CompactType.List);
        int count = ReadListHeader(out CompactType actual);
        if (count > 0 && actual != elements)
        {
            throw new ParquetException($"the file is corrupt: metadata has a list of {actual} where {elements} is due");
        }

        return count;
    }

    /// <summary>Checks that the current field is a struct and enters it.</summary>
    public void BeginStructField()
    {
        Expect(CompactType.Struct);
        BeginStruct();
    }

    /// <summary>Passes over the current field, whatever it is: newer writers add fields.</summary>
    public void Skip() => Skip(_type, isElement: false);

    private ReadOnlySpan<byte> ReadBinaryElement() => _input.ReadBytes(_input.ReadCount(_input.Remaining, "a length"));

    private int ReadListHeader(out CompactType elements)
    {
        byte header = _input.ReadByte();
        elements = (CompactType)(header & 0x0F);
        int count = header >> 4;
        if (count == 15)
        {
            count = _input.ReadCount(int.MaxValue, "a list's length");
        }

        return count <= _input.Remaining
            ? count
            : throw new ParquetException($"the file is corrupt: a list of {count} elements in {_input.Remaining} bytes");
    }

    private void Skip(CompactType type, bool isElement)
    {
        switch (type)
        {
            case CompactType.True or CompactType.False:
                // A field's header holds the value; a list's element takes a byte.
                _input.ReadBytes(isElement ? 1 : 0);
                break;
            case CompactType.Byte:
                _input.ReadByte();
                break;
            case CompactType.Int16 or CompactType.Int32 or CompactType.Int64:
                _input.ReadVarint();
                break;
            case CompactType.Double:
                _input.ReadBytes(sizeof(double));
                break;
            case CompactType.Binary:
                ReadBinaryElement();
                break;
            case CompactType.List or CompactType.Set:
                SkipList();
                break;
            case CompactType.Map:
                SkipMap();
                break;
            case CompactType.Struct:
                SkipStruct();
                break;
            default:
                throw new ParquetException($"the file is corrupt: metadata has the unknown wire type {(byte)type}");
        }
    }

    private void SkipList()
    {
        EnterNested();
        int count = ReadListHeader(out CompactType elements);
        for (int i = 0; i < count; i++)
        {
            Skip(elements, isElement: true);
        }

        _depth--;
    }

    private void SkipMap()
    {
        EnterNested();
        int count = _input.ReadCount(_input.Remaining, "a map's length");
        byte types = count == 0 ? (byte)0 : _input.ReadByte();
        for (int i = 0; i < count; i++)
        {
            Skip((CompactType)(types >> 4), isElement: true);
            Skip((CompactType)(types & 0x0F), isElement: true);
        }

        _depth--;
    }

    private void SkipStruct()
    {
        BeginStruct();
        short id = 0;
        while (NextField(ref id))
        {
            Skip();
        }
    }

    private void EnterNested() => BeginStruct();

    private readonly void Expect(CompactType type)
    {
        if (_type != type)
        {
            throw Unexpected(type);
        }
    }

    private readonly ParquetException Unexpected(CompactType expected) =>
        new($"the file is corrupt: metadata has {_type} where {expected} is due");
}
