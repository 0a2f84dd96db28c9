namespace Parquet.Serialization.Attributes;

[AttributeUsage(AttributeTargets.Property)]
public class ParquetDecimalAttribute : Attribute
{
    public ParquetDecimalAttribute(int precision, int scale)
    {
        Precision = precision;
        Scale = scale;
    }

    public int Precision { get; }

    public int Scale { get; }
}
