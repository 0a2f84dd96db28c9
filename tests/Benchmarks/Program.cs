using Tidemark.Benchmarks;

switch (args.FirstOrDefault())
{
    case "parser":
        ParserBenchmark.Run(args[1..]);
        return 0;
    default:
        Console.Error.WriteLine("usage: Benchmarks parser [variant] [megabytes]");
        return 1;
}
