using System.Text.Json;

namespace Tidemark.Core.Parsing;

/// <summary>
/// Cuts a record into segments with Utf8JsonReader, which defines what is well formed. Runs for few records.
/// </summary>
internal ref struct ShapeLearner
{
    private readonly RecordSchema _schema;
    private readonly ShapeTable _table;
    private readonly ReadOnlySpan<byte> _line;
    private Utf8JsonReader _reader;
    private int _previous;
    private int _start;
    private ulong _nodes; // the node of the object at each depth, a byte each
    private uint _clears;

    private ShapeLearner(RecordSchema schema, ShapeTable table, ReadOnlySpan<byte> line)
    {
        _schema = schema;
        _table = table;
        _line = line;
        _reader = new Utf8JsonReader(line);
        _previous = -1;
    }

    /// <summary>Learns as many segments of a well-formed record as possible.</summary>
    /// <param name="schema">What the members mean.</param>
    /// <param name="table">Receives the segments.</param>
    /// <param name="line">The record and its LF.</param>
    public static void Learn(RecordSchema schema, ShapeTable table, ReadOnlySpan<byte> line)
    {
        try
        {
            new ShapeLearner(schema, table, line).Learn();
        }
        catch (JsonException)
        {
            // The walker accepted a record that the reader rejects. Nothing was learned from the invalid part.
        }
    }

    private void Learn()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        _nodes = RecordSchema.Root;
        while (_reader.Read())
        {
            if (_reader.TokenType == JsonTokenType.EndObject)
            {
                continue;
            }

            // Names are compared as bytes here, so a name with an escape is left to the walker.
            if (_reader.ValueIsEscaped || _reader.CurrentDepth > RecordSchema.MaxDepth)
            {
                return;
            }

            // CurrentDepth counts the objects around the name: 1 in the root.
            int depth = _reader.CurrentDepth;
            byte node = unchecked((byte)(_nodes >> (8 * (depth - 1))));
            Member member = _schema.Resolve(node, _reader.ValueSpan);
            _clears |= member.Clears;
            if (!_reader.Read() || !Value(member, depth))
            {
                return;
            }
        }

        _table.Add(_previous, _line[_start..], ShapeTable.State(SegmentEnd.Record, RecordSchema.Root, 0), Field.None, _clears);
    }

    /// <summary>Ends a segment at a value, unless the value is an object.</summary>
    private bool Value(Member member, int depth)
    {
        int at = checked((int)_reader.TokenStartIndex);
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                if (depth < RecordSchema.MaxDepth)
                {
                    int shift = 8 * depth;
                    _nodes = (_nodes & ~(0xFFUL << shift)) | ((ulong)member.Inside << shift);
                }

                return true;
            case JsonTokenType.StartArray:
                if (!Add(at, SegmentEnd.Array, member.Array, depth))
                {
                    return false;
                }

                _reader.Skip();
                _start = checked((int)_reader.BytesConsumed);
                return true;
            case JsonTokenType.String:
                bool added = Add(at + 1, SegmentEnd.String, member.Field, depth);
                _start = checked((int)_reader.BytesConsumed) - 1;
                return added;
            default:
                added = Add(at, SegmentEnd.Scalar, member.Field, depth);
                _start = checked((int)_reader.BytesConsumed);
                return added;
        }
    }

    private bool Add(int end, SegmentEnd value, Field field, int depth)
    {
        // The innermost used object and the depth tell all objects around the value: its parents are used, and those inside it are not.
        int used = depth;
        while (unchecked((byte)(_nodes >> (8 * (used - 1)))) == RecordSchema.Unused)
        {
            used--;
        }

        ushort state = ShapeTable.State(value, unchecked((byte)(_nodes >> (8 * (used - 1)))), depth);
        _previous = _table.Add(_previous, _line[_start..end], state, field, _clears & ~(1u << (int)field));
        _clears = 0;
        return _previous >= 0;
    }
}
