namespace Parquet.Serialization.Attributes;

[AttributeUsage(AttributeTargets.Property)]
public class ParquetRequiredAttribute : Attribute;
