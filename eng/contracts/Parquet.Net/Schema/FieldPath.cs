namespace Parquet.Schema;

/// <summary>Where a field is in the schema. The parts may hold dots, so a path is never just a string.</summary>
public sealed class FieldPath : IEquatable<FieldPath>, IFormattable
{
    private readonly List<string> _parts;

    public FieldPath(string firstPart)
    {
        ArgumentNullException.ThrowIfNull(firstPart);
        _parts = [firstPart];
    }

    public FieldPath(IEnumerable<string> parts) => _parts = [.. parts.Where(p => !string.IsNullOrEmpty(p))];

    public FieldPath(params string[] parts)
        : this((IEnumerable<string>)parts)
    {
    }

    public string? FirstPart => _parts.Count == 0 ? null : _parts[0];

    public int Length => _parts.Count;

    public string this[int i] => _parts[i];

    public static FieldPath operator +(FieldPath? left, FieldPath? right) => new([.. left?._parts ?? [], .. right?._parts ?? []]);

    public void Append(string value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _parts.Add(value);
        }
    }

    public List<string> ToList() => [.. _parts];

    public bool Equals(FieldPath? other) => other is not null && _parts.SequenceEqual(other._parts);

    public override bool Equals(object? obj) => Equals(obj as FieldPath);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (string part in _parts)
        {
            hash.Add(part);
        }

        return hash.ToHashCode();
    }

    public override string ToString() => string.Join('/', _parts);

    public string ToString(string? format, IFormatProvider? formatProvider) =>
        format is null ? ToString() : string.Join(format, _parts);
}
