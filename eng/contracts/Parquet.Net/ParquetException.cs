namespace Parquet;

public class ParquetException : Exception
{
    public ParquetException()
    {
    }

    public ParquetException(string message)
        : base(message)
    {
    }

    public ParquetException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
