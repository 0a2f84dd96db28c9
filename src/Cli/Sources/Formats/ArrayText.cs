using System.Buffers;

namespace Tidemark.Cli.Sources.Formats;

/// <summary>
/// The elements of JSON arrays as lines: one array, or several one after the other, on one line or many. What stands between two arrays
/// stays the lines that it is.
/// </summary>
/// <remarks>
/// Nothing but the structure is looked at, and nothing is kept, so an element may have any length. A line break within an element becomes a
/// space; one within a string, which JSON does not allow, becomes U+0001, which it does not allow either. Brackets and commas between the
/// elements only separate them. When a string has no end, a following line that starts as an element does is taken for one.
/// </remarks>
internal sealed class ArrayText(Stream text) : ForwardStream
{
    private const byte LineEnd = (byte)'\n';
    private const byte InvalidInJson = 1;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[],\n"u8);
    private static readonly SearchValues<byte> NestedStructure = SearchValues.Create("\"{}[]\n"u8);
    private static readonly SearchValues<byte> StringEnds = SearchValues.Create("\"\\\n"u8);
    private static readonly SearchValues<byte> Space = SearchValues.Create(" \t\r\n"u8);
    private static readonly SearchValues<byte> Separators = SearchValues.Create(" \t\r\n,"u8);

    private readonly byte[] _input = new byte[1 << 16];
    private int _at;
    private int _length;
    private State _state = State.Outside;
    private long _depth; // of brackets within the element

    private enum State
    {
        /// <summary>Between arrays, at the start of a line.</summary>
        Outside,

        /// <summary>In a line between arrays.</summary>
        Line,

        /// <summary>In an array, before an element or after one.</summary>
        Between,

        /// <summary>In an element, and in no string.</summary>
        Element,

        /// <summary>In a string of an element.</summary>
        Text,

        /// <summary>In a string, behind a backslash.</summary>
        Escape,

        /// <summary>In a string, at the start of a line.</summary>
        Broken,

        /// <summary>Behind an element, whose line end is due.</summary>
        Complete,
    }

    /// <exception cref="InvalidDataException">The text ends within an array.</exception>
    public override int Read(Span<byte> buffer)
    {
        int written = 0;
        while (written < buffer.Length)
        {
            if (_state == State.Complete)
            {
                buffer[written++] = LineEnd;
                _state = State.Between;
            }
            else if (_at < _length)
            {
                written += Step(_input.AsSpan(_at, _length - _at), buffer[written..]);
            }
            else if (written > 0 || !Fill())
            {
                break;
            }
        }

        return written;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            text.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool Fill()
    {
        (_at, _length) = (0, text.Read(_input));
        if (_length == 0 && _state is not (State.Outside or State.Line))
        {
            throw new InvalidDataException("the JSON array has no end: the text was cut off, or a bracket or a quotation mark is missing");
        }

        return _length > 0;
    }

    /// <summary>Takes at least one byte of the input, or changes the state.</summary>
    /// <returns>How many bytes were written.</returns>
    private int Step(ReadOnlySpan<byte> input, Span<byte> output) => _state switch
    {
        State.Outside => Enter(input, Space, (byte)'[', State.Between, State.Line),
        State.Line => CopyLine(input, output),
        State.Between => Enter(input, Separators, (byte)']', State.Outside, State.Element),
        State.Element or State.Text => CopyElement(input, output),
        State.Escape => Put(output, input[0] == LineEnd ? InvalidInJson : input[0], input[0] == LineEnd ? State.Broken : State.Text),
        _ => Mend(input[0], output),
    };

    /// <summary>Skips what separates, and enters what begins behind it: the bracket changes the level, anything else is content.</summary>
    private int Enter(ReadOnlySpan<byte> input, SearchValues<byte> skipped, byte bracket, State behindBracket, State content)
    {
        int start = input.IndexOfAnyExcept(skipped);
        _at += start < 0 ? input.Length : start;
        if (start >= 0)
        {
            _state = input[start] == bracket ? behindBracket : content;
            _at += input[start] == bracket ? 1 : 0;
            _depth = 0;
        }

        return 0;
    }

    private int CopyLine(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int end = input.IndexOf(LineEnd);
        int count = Copy(input, output, end < 0 ? input.Length : end + 1);
        _state = count > 0 && output[count - 1] == LineEnd ? State.Outside : State.Line;
        return count;
    }

    /// <summary>Copies what stays as it is: most of an element, its strings included. What does not is looked at alone.</summary>
    private int CopyElement(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int same = LengthOfSame(input[..Math.Min(input.Length, output.Length)]);
        return same > 0 ? Copy(input, output, same) : _state == State.Element ? StepInElement(input[0], output) : StepInString(input[0], output);
    }

    /// <summary>How many bytes stay as they are; the state is then the one behind them.</summary>
    private int LengthOfSame(ReadOnlySpan<byte> input)
    {
        int at = 0;
        while (at < input.Length)
        {
            ReadOnlySpan<byte> rest = input[at..];
            int next = rest.IndexOfAny(_state == State.Text ? StringEnds : _depth > 0 ? NestedStructure : Structure);
            if (next < 0)
            {
                return input.Length;
            }

            at += next;
            switch (input[at])
            {
                case (byte)'"':
                    _state = _state == State.Text ? State.Element : State.Text;
                    break;
                case (byte)'\\' when at + 1 < input.Length && input[at + 1] != LineEnd:
                    at++;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    break;
                case (byte)'}' or (byte)']' when _depth > 1:
                    _depth--;
                    break;
                default:
                    return at;
            }

            at++;
        }

        return at;
    }

    private int StepInElement(byte next, Span<byte> output)
    {
        switch (next)
        {
            case LineEnd:
                return Put(output, (byte)' ', State.Element);
            case (byte)',' or (byte)']' when _depth == 0:
                // The end of an element without brackets. It is looked at again behind it.
                return PutEnd(output);
            case (byte)'}' when _depth == 0:
                return Put(output, next, State.Element);
            default:
                _depth--;
                return Put(output, next, State.Complete);
        }
    }

    private int StepInString(byte next, Span<byte> output) =>
        next == '\\' ? Put(output, next, State.Escape) : Put(output, InvalidInJson, State.Broken);

    /// <summary>Goes on behind a line break within a string.</summary>
    private int Mend(byte next, Span<byte> output)
    {
        switch (next)
        {
            case (byte)' ' or (byte)'\t' or (byte)'\r':
                return Put(output, next, State.Broken);
            case LineEnd:
                return Put(output, InvalidInJson, State.Broken);
            case (byte)'{' or (byte)',' or (byte)']':
                return PutEnd(output);
            default:
                _state = State.Text;
                return 0;
        }
    }

    private int Copy(ReadOnlySpan<byte> input, Span<byte> output, int count)
    {
        count = Math.Min(count, output.Length);
        input[..count].CopyTo(output);
        _at += count;
        return count;
    }

    private int Put(Span<byte> output, byte value, State next)
    {
        output[0] = value;
        _at++;
        _state = next;
        return 1;
    }

    private int PutEnd(Span<byte> output)
    {
        output[0] = LineEnd;
        _state = State.Between;
        return 1;
    }
}
