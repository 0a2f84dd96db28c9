using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tidemark.Core.Parsing;

/// <summary>The result of walking a record.</summary>
internal enum WalkResult
{
    Malformed,
    NotAnObject,
    Object,
}

/// <summary>
/// The medium path: walks the grammar of one record over the structural index and records the used values. Handles every record
/// whose shape is not known, valid or not, and never throws: an exception would cost more than a hundred records.
/// </summary>
internal ref struct RecordWalker
{
    /// <summary>Stands for the position of the next LF, which need not be known.</summary>
    public const int LineEnd = int.MaxValue;

    private const int MaxDepth = 64;

    private readonly RecordSchema _schema;
    private readonly ref byte _text;
    private readonly ref int _index;
    private readonly int _end;
    private int _at;
    private int _next;
    private int _depth;
    private ulong _objects;
    private ulong _nodes; // the node of the object at each depth, a byte each; deeper than that nothing is used
    private Member _member;

    /// <param name="schema">What the members mean.</param>
    /// <param name="text">Start of the buffer; all positions are relative to it.</param>
    /// <param name="index">First position of the structural index.</param>
    /// <param name="at">The position to start from.</param>
    /// <param name="end">The end of the record; nothing from there on is read.</param>
    /// <param name="next">The index entry of the first special byte from <paramref name="at"/> on.</param>
    public RecordWalker(RecordSchema schema, ref byte text, ref int index, int at, int end, int next)
    {
        _schema = schema;
        _text = ref text;
        _index = ref index;
        _at = at;
        _end = end;
        _next = next;
    }

    /// <summary>The current position.</summary>
    public readonly int Position => _at;

    /// <summary>The index entry of the first special byte from <see cref="Position"/> on.</summary>
    public readonly int Next => _next;

    /// <summary>Walks a whole record.</summary>
    public WalkResult Walk(ref RecordFields fields)
    {
        if (!SkipSpace())
        {
            return WalkResult.Malformed;
        }

        bool isObject = Unsafe.Add(ref _text, _at) == '{';
        _member = Member.Unknown;
        if (!WalkValue(0, ref fields) || SkipSpace())
        {
            return WalkResult.Malformed;
        }

        return isObject ? WalkResult.Object : WalkResult.NotAnObject;
    }

    /// <summary>Walks one array whose members are not used.</summary>
    public bool SkipArray(int depth)
    {
        Unsafe.SkipInit(out RecordFields nothing);
        _depth = depth;
        _nodes = 0;
        _member = Member.Unknown;
        return WalkValue(depth, ref nothing);
    }

    /// <summary>Walks the value at the position, including its members, until the nesting is back at <paramref name="floor"/>.</summary>
    private bool WalkValue(int floor, ref RecordFields fields)
    {
        while (true)
        {
            if (_at >= _end)
            {
                return false;
            }

            bool opened;
            switch (Unsafe.Add(ref _text, _at))
            {
                case (byte)'"':
                    if (!ReadString(out int start, out int stop, out bool escaped))
                    {
                        return false;
                    }

                    fields.Set(_member.Field, start, stop, escaped);
                    opened = false;
                    break;
                case (byte)'{':
                    if (!Open(isObject: true, ref fields, out opened) || (opened && !ReadName(ref fields)))
                    {
                        return false;
                    }

                    break;
                case (byte)'[' when _member.Array != Field.None:
                    if (!KeepArray(ref fields))
                    {
                        return false;
                    }

                    opened = false;
                    break;
                case (byte)'[':
                    if (!Open(isObject: false, ref fields, out opened))
                    {
                        return false;
                    }

                    break;
                default:
                    if (!ReadScalar(ref fields))
                    {
                        return false;
                    }

                    opened = false;
                    break;
            }

            if (!opened && (!CloseOrContinue(floor, ref fields, out bool done) || done))
            {
                return _depth == floor;
            }
        }
    }

    /// <summary>
    /// After a value: closes the objects and arrays that end here and steps to the next value. <paramref name="done"/> when there is none.
    /// </summary>
    private bool CloseOrContinue(int floor, ref RecordFields fields, out bool done)
    {
        done = false;
        while (_depth > floor)
        {
            if (!SkipSpace())
            {
                return Fail();
            }

            bool inObject = (_objects >> (_depth - 1) & 1) != 0;
            byte b = Unsafe.Add(ref _text, _at++);
            if (b == ',')
            {
                return SkipSpace() && (!inObject || ReadName(ref fields)) || Fail();
            }

            if (b != (inObject ? (byte)'}' : (byte)']'))
            {
                return Fail();
            }

            Close();
        }

        done = true;
        return true;
    }

    /// <summary>Sets the depth to one that no caller waits for.</summary>
    private bool Fail()
    {
        _depth = -1;
        return false;
    }

    private bool Open(bool isObject, ref RecordFields fields, out bool opened)
    {
        opened = false;
        if (_depth == MaxDepth)
        {
            return false;
        }

        if (_depth < RecordSchema.MaxDepth)
        {
            byte node = !isObject ? RecordSchema.Unused : _depth == 0 ? RecordSchema.Root : _member.Inside;
            int shift = 8 * _depth;
            _nodes = (_nodes & ~(0xFFUL << shift)) | ((ulong)node << shift);
        }

        ulong bit = 1UL << _depth;
        _objects = isObject ? _objects | bit : _objects & ~bit;
        _depth++;
        _at++;
        _member = Member.Unknown;
        if (!SkipSpace())
        {
            return false;
        }

        opened = Unsafe.Add(ref _text, _at) != (isObject ? (byte)'}' : (byte)']');
        if (!opened)
        {
            _at++;
            Close();
        }

        return true;
    }

    private void Close()
    {
        _depth--;
        _member = Member.Unknown;
    }

    /// <summary>Walks an array, and records its whole text.</summary>
    private bool KeepArray(ref RecordFields fields)
    {
        Field field = _member.Array;
        int start = _at;
        _member = Member.Unknown;
        if (!WalkValue(_depth, ref fields))
        {
            return false;
        }

        fields.Set(field, start, _at, escaped: false);
        return true;
    }

    /// <summary>The node of the object at the current depth.</summary>
    private readonly byte Here() => _depth <= RecordSchema.MaxDepth ? unchecked((byte)(_nodes >> (8 * (_depth - 1)))) : RecordSchema.Unused;

    /// <summary>Reads a name and its colon and steps to the value.</summary>
    private bool ReadName(ref RecordFields fields)
    {
        if (Unsafe.Add(ref _text, _at) != '"' || !ReadString(out int start, out int stop, out bool escaped)
            || !SkipSpace() || Unsafe.Add(ref _text, _at) != ':')
        {
            return false;
        }

        _at++;
        byte node = Here();
        _member = Member.Unknown;
        if (node != RecordSchema.Unused)
        {
            ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref _text, start), stop - start);
            _member = escaped ? _schema.ResolveEscaped(node, name) : _schema.Resolve(node, name);
            if (_member.Clears != 0)
            {
                fields.Clear(_member.Clears);
            }
        }

        return SkipSpace();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool ReadString(out int start, out int stop, out bool escaped)
    {
        escaped = false;
        start = _at + 1;
        _next++;
        while (true)
        {
            stop = Unsafe.Add(ref _index, _next);
            if (stop >= _end)
            {
                return false;
            }

            _next++;
            ref byte special = ref Unsafe.Add(ref _text, stop);
            if (special == '"')
            {
                _at = stop + 1;
                return true;
            }

            int length = special == '\\' ? JsonText.EscapeLength(ref special) : 0;
            if (length == 0 || length > _end - stop)
            {
                return false;
            }

            escaped = true;
            if (Unsafe.Add(ref special, 1) is (byte)'"' or (byte)'\\')
            {
                _next++;
            }
        }
    }

    private bool ReadScalar(ref RecordFields fields)
    {
        int start = _at;
        if (Unsafe.Add(ref _text, start) is (byte)'t' or (byte)'f' or (byte)'n')
        {
            int length = JsonNumber.LiteralLength(ref _text, start, _end);
            _at += length;
            return length > 0;
        }

        int stop = JsonNumber.End(ref _text, start, _end);
        if (stop < 0)
        {
            return false;
        }

        fields.Set(_member.Field, start, stop, escaped: false);
        _at = stop;
        return true;
    }

    /// <summary>Skips white space; false when the record ends there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool SkipSpace() => (_at < _end && Unsafe.Add(ref _text, _at) > ' ') || SkipSpaceSlow();

    private bool SkipSpaceSlow()
    {
        for (; _at < _end; _at++)
        {
            byte b = Unsafe.Add(ref _text, _at);
            if (b == '\n' && _end == LineEnd)
            {
                return false;
            }

            if (b is (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                _next++;
            }
            else if (b != ' ')
            {
                return true;
            }
        }

        return false;
    }
}
