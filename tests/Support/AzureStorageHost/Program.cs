using System.Globalization;
using Tidemark.Support.AzureStorageHost;

// An instance of the app as a process of its own, which runs until its input ends or it is killed.
switch (args)
{
    case ["work", string folder, string hub, string index, string instances]:
        await AppInstance.RunAsync(folder, hub, int.Parse(index, CultureInfo.InvariantCulture), int.Parse(instances, CultureInfo.InvariantCulture));
        return 0;
    case ["delays"]:
        await Delays.RunAsync(Console.Out);
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: work FOLDER HUB INDEX INSTANCES (with AzureWebJobsStorage set), or delays");
        return 2;
}
