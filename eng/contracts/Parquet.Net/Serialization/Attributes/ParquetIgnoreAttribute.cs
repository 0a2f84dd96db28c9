namespace Parquet.Serialization.Attributes;

[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public class ParquetIgnoreAttribute : Attribute;
