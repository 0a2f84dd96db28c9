using System.Globalization;
using System.Runtime.CompilerServices;

namespace Tidemark.Support.Durable;

/// <summary>The text of a note, formatted only if it is kept.</summary>
[InterpolatedStringHandler]
internal ref struct NoteText
{
    private readonly bool _isKept;
    private DefaultInterpolatedStringHandler _text;

    public NoteText(int literalLength, int formattedCount, World world, out bool isKept)
    {
        _isKept = isKept = !world.Trace.IsQuiet;
        _text = isKept ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public override string ToString() => _isKept ? _text.ToStringAndClear() : "";
}
