using System.Globalization;
using Confluent.Kafka;
using Tidemark.Support.Fixtures;

// A mock cluster in a process of its own, so that it outlives the clients that a test kills. Arguments: TOPIC:PARTITIONS... It prints where it
// listens, then does what each line of
// its input says, answers "done", and ends with its input.
using MockKafka cluster = new();
foreach (string topic in args)
{
    string[] parts = topic.Split(':');
    cluster.CreateTopic(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
}

Console.WriteLine(cluster.Brokers);
while (Console.ReadLine() is { } line)
{
    string[] words = line.Split(' ');
    switch (words[0])
    {
        case "down":
            cluster.SetDown();
            break;
        case "up":
            cluster.SetUp();
            break;
        case "delay":
            cluster.SetRoundTrip(TimeSpan.FromMilliseconds(int.Parse(words[1], CultureInfo.InvariantCulture)));
            break;
        case "topic":
            cluster.CreateTopic(words[1], int.Parse(words[2], CultureInfo.InvariantCulture));
            break;
        case "fail":
            cluster.FailNext(short.Parse(words[1], CultureInfo.InvariantCulture), [.. words[2..].Select(code => (ErrorCode)int.Parse(code, CultureInfo.InvariantCulture))]);
            break;
        default:
            throw new ArgumentException($"Expected down, up, delay, topic or fail, got '{line}'.");
    }

    Console.WriteLine("done");
}
