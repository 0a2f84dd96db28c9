namespace Parquet.Meta;

public class PageHeader
{
    public PageType Type { get; set; }

    public int UncompressedPageSize { get; set; }

    public int CompressedPageSize { get; set; }

    public int? Crc { get; set; }

    public DataPageHeader? DataPageHeader { get; set; }

    public DictionaryPageHeader? DictionaryPageHeader { get; set; }

    public DataPageHeaderV2? DataPageHeaderV2 { get; set; }
}

public class DataPageHeader
{
    public int NumValues { get; set; }

    public Encoding Encoding { get; set; }

    public Encoding DefinitionLevelEncoding { get; set; }

    public Encoding RepetitionLevelEncoding { get; set; }

    public Statistics? Statistics { get; set; }
}

public class DictionaryPageHeader
{
    public int NumValues { get; set; }

    public Encoding Encoding { get; set; }

    public bool? IsSorted { get; set; }
}

public class DataPageHeaderV2
{
    public int NumValues { get; set; }

    public int NumNulls { get; set; }

    public int NumRows { get; set; }

    public Encoding Encoding { get; set; }

    public int DefinitionLevelsByteLength { get; set; }

    public int RepetitionLevelsByteLength { get; set; }

    public bool? IsCompressed { get; set; }

    public Statistics? Statistics { get; set; }
}
