using System.Numerics;

namespace Parquet.Schema;

public class DataField : Field, ICloneable
{
    private static readonly HashSet<Type> KnownTypes =
    [
        typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(float), typeof(double), typeof(decimal), typeof(BigInteger), typeof(DateTime), typeof(DateOnly), typeof(Guid),
        typeof(ReadOnlyMemory<char>), typeof(ReadOnlyMemory<byte>),
    ];

    private bool _isNullable;

    public DataField(string name, Type clrType, bool? isNullable = null, bool? isArray = null, string? propertyName = null)
        : base(name, SchemaType.Data)
    {
        ArgumentNullException.ThrowIfNull(clrType);
        Type type = Nullable.GetUnderlyingType(clrType) ?? clrType;

        // The real library names text and bytes by their memory, in the schema and in its low-level methods.
        ClrType = type == typeof(string) ? typeof(ReadOnlyMemory<char>) : type == typeof(byte[]) ? typeof(ReadOnlyMemory<byte>) : type;
        if (!KnownTypes.Contains(ClrType))
        {
            throw new NotSupportedException($"field '{name}': type {clrType} is not supported");
        }

        // Text and bytes are references and so nullable unless somebody says otherwise; C#'s annotations play no part.
        IsNullable = isNullable ?? (!clrType.IsValueType || type != clrType);
        IsArray = isArray ?? false;
        ClrPropName = propertyName ?? name;
        MaxRepetitionLevel = IsArray ? 1 : 0;
    }

    public override bool IsNullable
    {
        get => _isNullable;
        internal set
        {
            _isNullable = value;
            ClrNullableIfHasNullsType = value ? typeof(Nullable<>).MakeGenericType(ClrType) : ClrType;
        }
    }

    public bool IsArray { get; internal set; }

    public Type ClrType { get; }

    public Type ClrNullableIfHasNullsType { get; set; } = typeof(void);

    public int FieldId { get; set; } = -1;

    public object Clone() => MemberwiseClone();

    public override string ToString() => $"{Path} ({ClrType}{(_isNullable ? "?" : "")}{(IsArray ? "[]" : "")})";

    public override bool Equals(object? obj) =>
        obj is DataField other && base.Equals(obj) && ClrType == other.ClrType && IsNullable == other.IsNullable && IsArray == other.IsArray;

    public override int GetHashCode() => base.GetHashCode();

    private protected override int OwnRepetitionLevels => IsArray ? 1 : 0;

    private protected override int OwnDefinitionLevels => IsArray || IsNullable ? 1 : 0;
}

public class DataField<T> : DataField
{
    public DataField(string name, bool? nullable = null)
        : base(name, typeof(T), nullable)
    {
    }
}
