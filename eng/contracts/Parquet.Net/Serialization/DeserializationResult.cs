using Parquet.Schema;

namespace Parquet.Serialization;

public record DeserializationResult<T>(ParquetSchema Schema, IList<T> Data, IReadOnlyDictionary<string, string> CustomMetadata)
    where T : class, new();
