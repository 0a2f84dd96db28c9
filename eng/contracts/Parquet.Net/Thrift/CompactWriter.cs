namespace Parquet.Thrift;

/// <summary>Writes the Thrift compact protocol. Fields must come in the order of their ids.</summary>
internal sealed class CompactWriter
{
    private readonly ByteBuffer _output;
    private readonly Stack<short> _outer = new();
    private short _lastId;

    public CompactWriter(ByteBuffer output) => _output = output;

    public void BeginStruct()
    {
        _outer.Push(_lastId);
        _lastId = 0;
    }

    public void EndStruct()
    {
        _output.WriteByte((byte)CompactType.Stop);
        _lastId = _outer.Pop();
    }

    public void BeginStructField(short id)
    {
        Header(id, CompactType.Struct);
        BeginStruct();
    }

    public void EmptyStruct(short id)
    {
        BeginStructField(id);
        EndStruct();
    }

    public void BeginList(short id, CompactType elements, int count)
    {
        Header(id, CompactType.List);
        if (count < 15)
        {
            _output.WriteByte((byte)((count << 4) | (byte)elements));
        }
        else
        {
            _output.WriteByte((byte)(0xF0 | (byte)elements));
            _output.WriteVarint((ulong)count);
        }
    }

    public void Bool(short id, bool value) => Header(id, value ? CompactType.True : CompactType.False);

    public void Int8(short id, sbyte value)
    {
        Header(id, CompactType.Byte);
        _output.WriteByte((byte)value);
    }

    public void Int16(short id, short value)
    {
        Header(id, CompactType.Int16);
        Int32Element(value);
    }

    public void Int32(short id, int value)
    {
        Header(id, CompactType.Int32);
        Int32Element(value);
    }

    public void Int32(short id, int? value)
    {
        if (value is { } number)
        {
            Int32(id, number);
        }
    }

    public void Int64(short id, long value)
    {
        Header(id, CompactType.Int64);
        _output.WriteVarint((ulong)((value << 1) ^ (value >> 63)));
    }

    public void Int64(short id, long? value)
    {
        if (value is { } number)
        {
            Int64(id, number);
        }
    }

    public void Binary(short id, ReadOnlySpan<byte> value)
    {
        Header(id, CompactType.Binary);
        BinaryElement(value);
    }

    public void Binary(short id, byte[]? value)
    {
        if (value is not null)
        {
            Binary(id, value.AsSpan());
        }
    }

    public void String(short id, string? value)
    {
        if (value is not null)
        {
            Binary(id, System.Text.Encoding.UTF8.GetBytes(value).AsSpan());
        }
    }

    public void StringElement(string value) => BinaryElement(System.Text.Encoding.UTF8.GetBytes(value));

    public void Int32Element(int value) => _output.WriteVarint((uint)((value << 1) ^ (value >> 31)));

    private void BinaryElement(ReadOnlySpan<byte> value)
    {
        _output.WriteVarint((ulong)value.Length);
        _output.Write(value);
    }

    private void Header(short id, CompactType type)
    {
        int delta = id - _lastId;
        if (delta is > 0 and < 16)
        {
            _output.WriteByte((byte)((delta << 4) | (byte)type));
        }
        else
        {
            _output.WriteByte((byte)type);
            Int32Element(id);
        }

        _lastId = id;
    }
}
