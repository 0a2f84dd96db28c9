using System.Text.Json;

namespace Tidemark.Core.Parsing;

/// <summary>
/// Cuts a record into segments with Utf8JsonReader, which defines what is well formed. Runs for few records.
/// </summary>
internal ref struct ShapeLearner
{
    private const int MaxDepth = 8;

    private readonly ShapeTable _table;
    private readonly ReadOnlySpan<byte> _line;
    private Utf8JsonReader _reader;
    private int _previous;
    private int _start;
    private Scope _scope;
    private uint _clears;

    private ShapeLearner(ShapeTable table, ReadOnlySpan<byte> line)
    {
        _table = table;
        _line = line;
        _reader = new Utf8JsonReader(line);
        _previous = -1;
    }

    /// <summary>Learns as many segments of a well-formed record as possible.</summary>
    /// <param name="table">Receives the segments.</param>
    /// <param name="line">The record and its LF.</param>
    public static void Learn(ShapeTable table, ReadOnlySpan<byte> line)
    {
        try
        {
            new ShapeLearner(table, line).Learn();
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

        while (_reader.Read())
        {
            if (_reader.TokenType == JsonTokenType.EndObject)
            {
                continue;
            }

            // Names are compared as bytes here, so a name with an escape is left to the walker.
            if (_reader.ValueIsEscaped || _reader.CurrentDepth > MaxDepth)
            {
                return;
            }

            // CurrentDepth counts the objects around the name: 1 in the root.
            Scope scope = _reader.CurrentDepth == 1 ? Scope.Root : _reader.CurrentDepth == 2 ? _scope : Scope.Other;
            int depth = _reader.CurrentDepth;
            Member member = Member.Resolve(scope, _reader.ValueSpan);
            _clears |= member.Clears;
            if (!_reader.Read() || !Value(member, depth))
            {
                return;
            }
        }

        _table.Add(_previous, _line[_start..], ShapeTable.State(SegmentEnd.Record, Scope.Root, 0), Field.None, _clears);
    }

    /// <summary>Ends a segment at a value, unless the value is an object.</summary>
    private bool Value(Member member, int depth)
    {
        int at = checked((int)_reader.TokenStartIndex);
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                if (depth == 1)
                {
                    _scope = member.Inside;
                }

                return true;
            case JsonTokenType.StartArray:
                if (!Add(at, SegmentEnd.Array, Field.None, depth))
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
        // Deeper down the scope is that of the second level, to which the closing braces return.
        ushort state = ShapeTable.State(value, depth == 1 ? Scope.Root : _scope, depth);
        _previous = _table.Add(_previous, _line[_start..end], state, field, _clears & ~(1u << (int)field));
        _clears = 0;
        return _previous >= 0;
    }
}
