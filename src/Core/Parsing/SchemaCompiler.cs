using System.Text;

namespace Tidemark.Core.Parsing;

/// <summary>Compiles options into a schema: a tree of the names on all paths, and a plan for each field.</summary>
internal sealed class SchemaCompiler
{
    private const int MaxPlaces = 8;
    private const int MaxEventTypes = 1000;

    private static readonly string NoRoom = "expected fewer paths, got more than there is room for "
        + $"({FieldRanges.Capacity - (int)Field.FirstExtra} added breakdowns and paths besides the first one of each field)";

    private readonly List<string> _mistakes;
    private readonly Node _root = new();
    private readonly Dictionary<Node, Field> _values = [];
    private readonly Dictionary<Node, Field> _arrays = [];
    private int _extra = (int)Field.FirstExtra;

    private SchemaCompiler(List<string> mistakes) => _mistakes = mistakes;

    /// <summary>Compiles options. What is wrong with them is added to the mistakes, and left out.</summary>
    public static RecordSchema Compile(InputOptions options, List<string> mistakes)
    {
        InputOptions ready = options.Schema is { } name ? KnownSchemas.Find(name) ?? new InputOptions() : new InputOptions();
        Dictionary<string, FieldSource> sources = RecordSchema.FieldNames.ToDictionary(
            field => field, field => field == RecordSchema.Currency ? new FieldSource() : new FieldSource { Paths = [field] });
        if (options.Schema is not null)
        {
            sources = sources.Keys.ToDictionary(field => field, field => ready.Fields.GetValueOrDefault(field) ?? new FieldSource());
        }

        foreach ((string field, FieldSource source) in options.Fields)
        {
            if (sources.ContainsKey(field))
            {
                sources[field] = source;
            }
            else
            {
                mistakes.Add($"fields.{field}: expected one of {string.Join(", ", RecordSchema.FieldNames)}, got '{field}'"
                    + NearNames.Hint(field, RecordSchema.FieldNames));
            }
        }

        Dictionary<string, string> types = new(ready.EventTypes);
        foreach ((string from, string to) in options.EventTypes)
        {
            types[from] = to;
        }

        SchemaCompiler compiler = new(mistakes);
        compiler.CheckTypes(types);
        FieldPlan[] plans = [.. RecordSchema.OwnFieldNames.Select((field, i) => compiler.Plan((Field)(i + 1), $"fields.{field}", sources[field]))];
        FieldPlan[] added = [.. options.Breakdowns.Take(InputOptions.MaxAdded).Select(
            (breakdown, i) => compiler.PlanAdded($"breakdowns[{i}].field", breakdown.Source)).OfType<FieldPlan>()];
        FieldPlan? referrer = options.Sessions is null ? null
            : compiler.PlanExtra($"fields.{RecordSchema.Referrer}", sources[RecordSchema.Referrer]);
        AddedNames.Check(options, mistakes);
        TimeZoneInfo? zone = null;
        if ((options.DefaultZone ?? ready.DefaultZone) is { } id)
        {
            TimeZoneInfo.TryFindSystemTimeZoneById(id, out zone);
        }

        return new RecordSchema(
            compiler.Nodes(),
            [.. plans, .. added, .. referrer is null ? (FieldPlan[])[] : [referrer]],
            [
                .. added.Select(plan => plan.Field),
                .. referrer is null ? (Field[])[] : [Field.User, Field.Page, referrer.Field],
                .. HasValue(sources[RecordSchema.Currency]) ? (Field[])[Field.Currency] : [],
            ],
            new EventTypeMap(mistakes.Count == 0 ? types : []),
            options.TimestampUnit ?? ready.TimestampUnit ?? TimestampUnit.Auto,
            zone);
    }

    private static bool HasValue(FieldSource source) => source.Paths.Count > 0 || source.Constant is not null;

    private void CheckTypes(Dictionary<string, string> types)
    {
        if (types.Count > MaxEventTypes)
        {
            _mistakes.Add($"eventTypes: expected at most {MaxEventTypes}, got {types.Count}");
        }

        foreach ((string from, string to) in types)
        {
            if (from.Length == 0 || to.Length == 0 || Encoding.UTF8.GetByteCount(from) > EventKey.MaxBytes
                || Encoding.UTF8.GetByteCount(to) > EventKey.MaxBytes)
            {
                _mistakes.Add($"eventTypes: expected names of 1 to {EventKey.MaxBytes} bytes, got '{from}' for '{to}'");
            }
        }
    }

    /// <summary>The plan of a breakdown that the configuration adds, in a range of its own; null when there is none left.</summary>
    private FieldPlan? PlanAdded(string key, FieldSource source)
    {
        if (!HasValue(source))
        {
            _mistakes.Add($"{key}: expected a path or a constant, got nothing");
        }

        return PlanExtra(key, source);
    }

    /// <summary>The plan of a field in a further range; null when there is none left.</summary>
    private FieldPlan? PlanExtra(string key, FieldSource source)
    {
        if (_extra == FieldRanges.Capacity)
        {
            _mistakes.Add($"{key}: {NoRoom}");
            return null;
        }

        return Plan((Field)_extra++, key, source);
    }

    private FieldPlan Plan(Field field, string key, FieldSource source)
    {
        List<Place> places = [];
        foreach (string path in source.Paths)
        {
            if (SchemaPath.TryParse(path, out string mistake) is { } parsed)
            {
                Place? place = PlaceOf(parsed, places.Count == 0 ? field : Field.None);
                if (place is not null && places.Count < MaxPlaces)
                {
                    places.Add(place);
                    continue;
                }

                mistake = NoRoom;
            }

            _mistakes.Add($"{key}: {mistake}");
        }

        bool isKey = field is not (Field.Timestamp or Field.User or Field.Amount);
        bool isText = isKey && field != Field.Currency;
        if ((!isKey && source.Constant is not null) || (!isText && source.Normalization != Normalization.None))
        {
            _mistakes.Add(field == Field.Currency ? $"{key}: expected paths and a constant, got a normalization; currencies are counted in upper case"
                : $"{key}: expected paths only, got a constant or a normalization, "
                    + "which event_type, page_url, referrer, geo.country, device.type and added breakdowns can have");
        }

        if (source.Constant is { } constant && (constant.Length == 0 || Encoding.UTF8.GetByteCount(constant) > EventKey.MaxBytes))
        {
            _mistakes.Add($"{key}: expected a constant of 1 to {EventKey.MaxBytes} bytes, got {Encoding.UTF8.GetByteCount(constant)}");
        }

        if (source.Normalization.HasFlag(Normalization.Lower) && source.Normalization.HasFlag(Normalization.Upper))
        {
            _mistakes.Add($"{key}: expected lower or upper, got both");
        }

        return new FieldPlan(field, [.. places], isKey && source.Constant is { } text ? Encoding.UTF8.GetBytes(text) : null,
            isText ? source.Normalization : Normalization.None);
    }

    /// <summary>
    /// The place of a path: in the range that it has already, in that of its field, or in a further one; null when there is none left.
    /// </summary>
    private Place? PlaceOf(SchemaPath path, Field own)
    {
        Node node = _root;
        foreach (string name in path.Names)
        {
            node = node.Members.TryGetValue(name, out Node? known) ? known : node.Members[name] = new Node();
        }

        Dictionary<Node, Field> ranges = path.ElementName is null ? _values : _arrays;
        if (!ranges.TryGetValue(node, out Field range))
        {
            if (own == Field.None && _extra == FieldRanges.Capacity)
            {
                return null;
            }

            range = own != Field.None ? own : (Field)_extra++;
            ranges[node] = range;
        }

        return new Place(range, path.ElementName is { } element ? new ArrayElement(path.ElementMember!, element, path.Inside) : null);
    }

    private SchemaNode[] Nodes()
    {
        List<Node> objects = [];
        Number(_root, objects);
        return [new SchemaNode([], []), .. objects.Select(Compile)];
    }

    private static void Number(Node node, List<Node> objects)
    {
        objects.Add(node);
        node.Id = checked((byte)objects.Count);
        foreach (Node member in node.Members.Values.Where(member => member.Members.Count > 0))
        {
            Number(member, objects);
        }
    }

    private SchemaNode Compile(Node node) => new(
        [.. node.Members.Keys.Select(Encoding.UTF8.GetBytes)],
        [.. node.Members.Values.Select(
            member => new Member(_values.GetValueOrDefault(member), _arrays.GetValueOrDefault(member), member.Id, Clears(member)))]);

    private uint Clears(Node node) => node.Members.Values.Aggregate(Bit(_values, node) | Bit(_arrays, node), (bits, member) => bits | Clears(member));

    private static uint Bit(Dictionary<Node, Field> ranges, Node node) => ranges.TryGetValue(node, out Field range) ? 1u << (int)range : 0;

    /// <summary>A name on a path, and the names below it.</summary>
    private sealed class Node
    {
        public Dictionary<string, Node> Members { get; } = new(StringComparer.Ordinal);

        /// <summary>Number of the object, <see cref="RecordSchema.Unused"/> when it is only a value.</summary>
        public byte Id { get; set; }
    }
}
