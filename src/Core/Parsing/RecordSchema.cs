namespace Tidemark.Core.Parsing;

/// <summary>How records are read, compiled from <see cref="InputOptions"/>. Immutable; shared by all parsers of a source.</summary>
public sealed class RecordSchema
{
    /// <summary>The node of an object whose members are not used.</summary>
    internal const byte Unused = 0;

    /// <summary>The node of the record itself.</summary>
    internal const byte Root = 1;

    /// <summary>The depth of the innermost object whose members may be used; the record itself has depth 1.</summary>
    internal const int MaxDepth = 8;

    /// <summary>The maximum length of a name in a path, in bytes.</summary>
    internal const int MaxNameBytes = 128;

    private readonly SchemaNode[] _nodes;
    private readonly int _longestEscaped;

    internal RecordSchema(SchemaNode[] nodes, FieldPlan[] plans, Field[] added, EventTypeMap types, TimestampUnit unit, TimeZoneInfo? zone)
    {
        Added = added;
        IsWide = plans.Any(plan => plan.IsWide);
        _nodes = nodes;
        _longestEscaped = 6 * nodes.Max(node => node.LongestName); // an escape takes at most six bytes per byte of text
        Places = [.. plans.Where(plan => plan.IsElsewhere)];
        HasChanges = !types.IsEmpty;
        foreach (FieldPlan plan in plans)
        {
            Changes[(int)plan.Field] = plan.IsChanged ? plan : null;
            HasChanges |= plan.IsChanged;
        }

        Types = types;
        TimestampUnit = unit;
        DefaultZone = zone;
    }

    /// <summary>The fields that can be mapped and have a range of their own, in the order of <see cref="Field"/>.</summary>
    internal static IReadOnlyList<string> OwnFieldNames { get; } =
        ["timestamp", "event_type", "user_id", "page_url", "geo.country", "device.type", "metadata.amount", Currency];

    /// <summary>The fields that can be mapped.</summary>
    public static IReadOnlyList<string> FieldNames { get; } = [.. OwnFieldNames, Referrer];

    /// <summary>The field with the referrer, which is read for sessions alone.</summary>
    internal const string Referrer = "referrer";

    /// <summary>The field with the currency of an amount. It is nowhere unless it is mapped.</summary>
    internal const string Currency = "currency";

    /// <summary>Tidemark's own format.</summary>
    public static RecordSchema Own { get; } = Create(new InputOptions());

    /// <summary>The unit of timestamps that are numbers.</summary>
    internal TimestampUnit TimestampUnit { get; }

    /// <summary>The zone of timestamps without an offset; null rejects them.</summary>
    internal TimeZoneInfo? DefaultZone { get; }

    /// <summary>The fields whose value is not simply where the field's range is.</summary>
    internal FieldPlan[] Places { get; }

    /// <summary>The fields whose text is replaced or changed, by <see cref="Field"/>; null for the others.</summary>
    internal FieldPlan?[] Changes { get; } = new FieldPlan?[FieldRanges.Capacity];

    /// <summary>
    /// The fields of the added keys: of each breakdown in the order of the options; with sessions of the user, the page and the referrer; then of
    /// the currency when it is mapped.
    /// </summary>
    internal Field[] Added { get; }

    /// <summary>Whether fields beyond <see cref="FieldRanges.NarrowCapacity"/> are used.</summary>
    internal bool IsWide { get; }

    /// <summary>Whether any text is replaced or changed, event types by other names included.</summary>
    internal bool HasChanges { get; }

    /// <summary>Event types by the names that records have for them.</summary>
    internal EventTypeMap Types { get; }

    /// <summary>Compiles options.</summary>
    /// <exception cref="ArgumentException">The options have mistakes, see <see cref="InputOptions.Validate"/>.</exception>
    public static RecordSchema Create(InputOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> mistakes = [];
        RecordSchema schema = SchemaCompiler.Compile(options, mistakes);
        return mistakes.Count == 0 ? schema : throw new ArgumentException(string.Join("; ", mistakes), nameof(options));
    }

    /// <summary>Resolves a name without escapes.</summary>
    internal Member Resolve(byte node, ReadOnlySpan<byte> name) => _nodes[node].Resolve(name);

    /// <summary>Resolves a name with well-formed escapes.</summary>
    internal Member ResolveEscaped(byte node, ReadOnlySpan<byte> name)
    {
        if (name.Length > _longestEscaped)
        {
            return Member.Unknown;
        }

        Span<byte> plain = stackalloc byte[6 * MaxNameBytes];
        return Resolve(node, plain[..JsonText.Unescape(name, plain)]);
    }
}

/// <summary>The members of an object that are used, by name.</summary>
internal sealed class SchemaNode(byte[][] names, Member[] members)
{
    private readonly ulong _lengths = names.Aggregate(0UL, static (bits, name) => bits | (1UL << (name.Length & 63)));

    /// <summary>The length of the longest name in bytes.</summary>
    public int LongestName { get; } = names.Select(static name => name.Length).DefaultIfEmpty().Max();

    /// <summary>The meaning of a member.</summary>
    public Member Resolve(ReadOnlySpan<byte> name)
    {
        if ((_lengths >> (name.Length & 63) & 1) != 0)
        {
            for (int i = 0; i < names.Length; i++)
            {
                if (name.SequenceEqual(names[i]))
                {
                    return members[i];
                }
            }
        }

        return Member.Unknown;
    }
}
