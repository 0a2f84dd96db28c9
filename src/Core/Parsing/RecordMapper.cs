using System.Text;

namespace Tidemark.Core.Parsing;

/// <summary>Does what a schema asks for beyond names: values in further places, constants, normalized texts, other names of event types.</summary>
internal sealed class RecordMapper(RecordSchema schema)
{
    private byte[] _text = new byte[256];

    /// <summary>Whether values may be in other places than their ranges.</summary>
    public bool HasPlaces { get; } = schema.Places.Length > 0;

    /// <summary>Whether texts may be replaced or changed.</summary>
    public bool HasChanges { get; } = schema.HasChanges;

    /// <summary>Puts the first value of each field into its range.</summary>
    public void Place(ref byte text, ref RecordFields fields)
    {
        Span<ulong> chosen = stackalloc ulong[FieldRanges.Capacity];
        uint escaped = 0;
        foreach (FieldPlan plan in schema.Places)
        {
            foreach (Place place in plan.Places)
            {
                ulong range = fields.Ranges[(int)place.Range];
                bool isEscaped = (fields.Escaped & (1u << (int)place.Range)) != 0;
                if (range != 0 && place.Element is { } element)
                {
                    range = Find(ref text, range, element, out isEscaped);
                }

                // An empty text is as good as none when there is another place to look at.
                if (RecordReader.IsValue(ref text, range) && (plan.Places.Length == 1 || !RecordReader.IsEmpty(range)))
                {
                    chosen[(int)plan.Field] = range;
                    escaped |= isEscaped ? 1u << (int)plan.Field : 0;
                    break;
                }
            }
        }

        foreach (FieldPlan plan in schema.Places)
        {
            fields.Ranges[(int)plan.Field] = chosen[(int)plan.Field];
            fields.Escaped &= ~(1u << (int)plan.Field);
        }

        fields.Escaped |= escaped;
    }

    /// <summary>Changes a key as the schema asks for.</summary>
    public void Change(ref byte text, ref RecordFields fields, Field field, EventBatch batch, ref KeyRef key)
    {
        if (schema.Changes[(int)field] is { } plan)
        {
            if (key.IsPresent && plan.Normalization != Normalization.None)
            {
                key = Normalize(ref text, fields.Ranges[(int)field], (fields.Escaped & (1u << (int)field)) != 0, plan.Normalization, batch);
            }
            else if (!key.IsPresent && plan.Constant is { } constant)
            {
                key = Store(constant, batch);
            }
        }

        if (field == Field.EventType && key.IsPresent && schema.Types.Find(batch.Bytes(key), key.Hash) is { } type)
        {
            key = Store(type, batch);
        }
    }

    private static ulong Find(ref byte text, ulong range, ArrayElement element, out bool escaped)
    {
        int start = unchecked((int)range);
        ReadOnlySpan<byte> array = RecordReader.Span(ref text, range);
        return element.TryFind(array, out int at, out int length, out escaped) ? RecordFields.Pack(start + at, start + at + length) : 0;
    }

    private static KeyRef Store(ReadOnlySpan<byte> key, EventBatch batch)
    {
        key.CopyTo(batch.ReserveScratch(key.Length));
        return new KeyRef(batch.CommitScratch(key.Length), key.Length, EventKey.Hash(key));
    }

    /// <summary>Unescapes, normalizes and only then shortens a text.</summary>
    private KeyRef Normalize(ref byte text, ulong range, bool escaped, Normalization normalization, EventBatch batch)
    {
        ReadOnlySpan<byte> raw = RecordReader.Span(ref text, range);

        // Another case takes at most one and a half times the bytes of a character.
        if (_text.Length < 2 * raw.Length)
        {
            _text = new byte[2 * raw.Length];
        }

        int length = raw.Length;
        if (escaped)
        {
            length = JsonText.Unescape(raw, _text);
        }
        else
        {
            raw.CopyTo(_text);
        }

        ReadOnlySpan<byte> cut = Normalizations.Cut(_text.AsSpan(0, length), normalization);
        if ((normalization & (Normalization.Lower | Normalization.Upper)) != 0)
        {
            Span<byte> cased = batch.ReserveScratch(2 * cut.Length);
            cut = cased[..Normalizations.ChangeCase(cut, cased, toUpper: (normalization & Normalization.Upper) != 0)];
            if (cut.Length <= EventKey.MaxBytes)
            {
                return new KeyRef(batch.CommitScratch(cut.Length), cut.Length, EventKey.Hash(cut));
            }
        }

        if (cut.Length <= EventKey.MaxBytes)
        {
            return Store(cut, batch);
        }

        Span<byte> kept = stackalloc byte[EventKey.MaxStoredBytes];
        return Store(kept[..EventKey.Shorten(cut, kept)], batch);
    }
}

/// <summary>Normalizations of texts.</summary>
internal static class Normalizations
{
    /// <summary>The part of a text that is counted, before its case is changed.</summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, Normalization normalization)
    {
        if ((normalization & Normalization.HostOnly) != 0 && Host(text) is { IsEmpty: false } host)
        {
            return host;
        }

        int hash = text.IndexOf((byte)'#');
        ReadOnlySpan<byte> fragment = hash < 0 ? default : text[hash..];
        ReadOnlySpan<byte> rest = hash < 0 ? text : text[..hash];
        int mark = rest.IndexOf((byte)'?');
        ReadOnlySpan<byte> query = mark < 0 ? default : rest[mark..];
        ReadOnlySpan<byte> path = mark < 0 ? rest : rest[..mark];
        fragment = (normalization & Normalization.StripFragment) != 0 ? default : fragment;
        query = (normalization & Normalization.StripQuery) != 0 ? default : query;
        if ((normalization & Normalization.StripTrailingSlash) != 0)
        {
            ReadOnlySpan<byte> trimmed = path.TrimEnd((byte)'/');
            path = trimmed.IsEmpty && !path.IsEmpty ? path[..1] : trimmed;
        }

        if (query.IsEmpty && fragment.IsEmpty)
        {
            return path;
        }

        // What is kept after a part that was cut is moved to it. The texts are short and this is rare.
        return (byte[])[.. path, .. query, .. fragment];
    }

    /// <summary>Writes a text in another case and returns its length.</summary>
    public static int ChangeCase(ReadOnlySpan<byte> text, Span<byte> destination, bool toUpper)
    {
        if (Ascii.IsValid(text))
        {
            _ = toUpper ? Ascii.ToUpper(text, destination, out int written) : Ascii.ToLower(text, destination, out written);
            return written;
        }

        int length = 0;
        while (!text.IsEmpty)
        {
            Rune.DecodeFromUtf8(text, out Rune rune, out int consumed);
            text = text[consumed..];
            length += (toUpper ? Rune.ToUpperInvariant(rune) : Rune.ToLowerInvariant(rune)).EncodeToUtf8(destination[length..]);
        }

        return length;
    }

    /// <summary>The host of an absolute or protocol-relative URL; empty when the text is none.</summary>
    private static ReadOnlySpan<byte> Host(ReadOnlySpan<byte> text)
    {
        int slashes = text.IndexOf("//"u8);
        if (slashes < 0 || (slashes > 0 && text[slashes - 1] != ':'))
        {
            return default;
        }

        ReadOnlySpan<byte> host = text[(slashes + 2)..];
        int end = host.IndexOfAny("/?#"u8);
        host = end < 0 ? host : host[..end];
        host = host[(host.LastIndexOf((byte)'@') + 1)..];
        int port = host.LastIndexOf((byte)':');
        return port >= 0 && !host[(port + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9') ? host[..port] : host;
    }
}
