namespace Parquet.Schema;

public class DecimalDataField : DataField
{
    public DecimalDataField(
        string name,
        int precision,
        int scale = 0,
        bool forceByteArrayEncoding = false,
        bool? isNullable = null,
        bool? isArray = null,
        string? propertyName = null,
        Type? clrType = null)
        : base(name, clrType ?? typeof(decimal), isNullable, isArray, propertyName)
    {
        if (precision < 1)
        {
            throw new ArgumentException("precision must be 1 or more", nameof(precision));
        }

        if (scale < 0 || scale > precision)
        {
            throw new ArgumentException("scale must be 0 to precision", nameof(scale));
        }

        Precision = precision;
        Scale = scale;
        ForceByteArrayEncoding = forceByteArrayEncoding;
    }

    public int Precision { get; }

    public int Scale { get; }

    public bool ForceByteArrayEncoding { get; }
}
