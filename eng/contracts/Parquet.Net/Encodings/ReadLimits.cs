namespace Parquet.Encodings;

/// <summary>How much a file may ask for. Runs and compression let a few bytes stand for any number of values, so the size of the file bounds it.</summary>
internal static class ReadLimits
{
    public const int MaxPageBytes = 1 << 30;

    private const long FreeValues = 1 << 22;
    private const long ValuesPerByte = 64;

    public static void CheckValues(long values, long fileBytes, string what)
    {
        long limit = FreeValues + (ValuesPerByte * fileBytes);
        if (values < 0 || values > Math.Min(limit, Array.MaxLength))
        {
            throw new ParquetException($"{what} claims {values} values, more than a file of {fileBytes} bytes can be trusted to hold ({limit})");
        }
    }
}
