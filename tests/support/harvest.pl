# SPDX-License-Identifier: GPL-3.0-or-later
# Harvests a repository with HTTP::OAI, as catalogues do, and prints a line of JSON
# for each record and one at the end.
# Usage: perl harvest.pl BASE_URL [from=...] [until=...] [set=...]
use strict;
use warnings;
use HTTP::OAI;
use HTTP::OAI::Metadata::OAI_DC;
use JSON::PP;

my ($base, @rest) = @ARGV;
my %arguments = map { split /=/, $_, 2 } @rest;
my $json = JSON::PP->new->canonical->ascii;
my $harvester = HTTP::OAI::Harvester->new(baseURL => $base);
my $identify = $harvester->Identify;
die 'Identify: ' . $identify->message . "\n" if $identify->is_error;
my $formats = $harvester->ListMetadataFormats;
die 'ListMetadataFormats: ' . $formats->message . "\n" if $formats->is_error;
my @formats = map { $_->metadataPrefix } $formats->metadataFormat;
my $sets = 0;
my $all = $harvester->ListSets(onRecord => sub { $sets++ });
die 'ListSets: ' . $all->message . "\n" if $all->is_error;

my $count = 0;
my $answer = $harvester->ListRecords(metadataPrefix => 'oai_dc', %arguments,
	handlers => { metadata => 'HTTP::OAI::Metadata::OAI_DC' }, onRecord => sub {
	my ($record) = @_;
	my $title = !$record->is_deleted && $record->metadata ? $record->metadata->dc->{title}[0] : undef;
	print $json->encode({ id => $record->identifier, stamp => $record->datestamp, deleted => $record->is_deleted ? 1 : 0,
		title => $title, sets => [$record->header->setSpec] }), "\n";
	$count++;
});
my ($error) = map { $_->code } $answer->errors;
print $json->encode({ count => $count, error => $error, sets => $sets, formats => \@formats, name => $identify->repositoryName,
	deleted => $identify->deletedRecord, granularity => $identify->granularity, earliest => $identify->earliestDatestamp }), "\n";
