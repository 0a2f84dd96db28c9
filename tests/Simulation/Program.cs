using Tidemark.Simulation.Cli;

if (Arguments.Parse(args) is not { } arguments)
{
    await Console.Error.WriteLineAsync(Arguments.Usage);
    return 2;
}

Campaign campaign = new(arguments);
campaign.Run(result => Console.WriteLine(Report.Headline(result)));
Report.Print(campaign, arguments, Console.Out);
return campaign.Violations.Count > 0 || campaign.Hanging is not null ? 1 : 0;
