using System.Text;

namespace Tidemark.Infra.Tests.Bicep;

/// <summary>Reads an expression of an ARM template: <c>if(parameters('isPrivate'), 'Disabled', createObject('a', 1).a)</c>.</summary>
internal sealed class ArmExpression
{
    private readonly string _text;
    private int _at;

    private ArmExpression(string text) => _text = text;

    private char Next => _at < _text.Length ? _text[_at] : '\0';

    /// <exception cref="FormatException">It is no expression.</exception>
    public static Node Parse(string text)
    {
        ArmExpression reader = new(text);
        Node node = reader.Value();
        return reader._at == text.Length ? node : throw reader.Error("the end");
    }

    private Node Value()
    {
        Skip();
        Node node = Next == '\'' ? Node.Of("string", Quoted()) : Next is '-' or (>= '0' and <= '9') ? Node.Of("number", Word()) : Call();
        while (true)
        {
            Skip();
            switch (Next)
            {
                case '.':
                    _at++;
                    node = Node.Of("member", Word(), node);
                    break;
                case '[':
                    _at++;
                    node = Node.Of("index", "", node, Value());
                    Expect(']');
                    break;
                default:
                    return node;
            }
        }
    }

    private Node Call()
    {
        string name = Word();
        List<Node> arguments = [];
        Expect('(');
        Skip();
        while (Next != ')')
        {
            arguments.Add(Value());
            if (Next != ')')
            {
                Expect(',');
            }
        }

        _at++;
        return name switch
        {
            "true" or "false" when arguments.Count == 0 => Node.Of("boolean", name),
            "null" when arguments.Count == 0 => Node.Of("null", name),
            "createArray" => Node.Of("array", "", arguments),
            "createObject" => Node.Object([.. arguments.Chunk(2).Select(pair => new Property(pair[0].Text, pair[1]))]),
            _ => Node.Of("call", name, arguments),
        };
    }

    // A quote in a text is written twice.
    private string Quoted()
    {
        StringBuilder text = new();
        for (_at++; ; _at++)
        {
            if (Next == '\'' && _at + 1 < _text.Length && _text[_at + 1] == '\'')
            {
                _at++;
            }
            else if (Next == '\'')
            {
                _at++;
                return text.ToString();
            }
            else if (Next == '\0')
            {
                throw Error("a quote");
            }

            text.Append(Next);
        }
    }

    private string Word()
    {
        int start = _at;
        while (char.IsLetterOrDigit(Next) || Next is '_' or '-')
        {
            _at++;
        }

        return _at > start ? _text[start.._at] : throw Error("a name");
    }

    private void Expect(char wanted)
    {
        Skip();
        if (Next != wanted)
        {
            throw Error($"'{wanted}'");
        }

        _at++;
    }

    private void Skip()
    {
        while (char.IsWhiteSpace(Next))
        {
            _at++;
        }
    }

    private FormatException Error(string wanted) => new($"expected {wanted} at {_at} of the expression [{_text}]");
}
