//! The models, and the one field that each race is about.

use diesel::prelude::*;
use maintained::prelude::*;

use super::schema::{
    cities, clubs, desks, eggs, entries, flags, houses, members, nests, notes, pennants, playlists,
    regions, ribbons, songs, teams, topics, verses,
};

macro_rules! models {
    ($($model:ident of $table:ident $([$($belongs:tt)*])? { $($(#[$mark:meta])* $field:ident: $type:ty,)* })*) => {$(
        #[derive(Debug, Clone, Queryable, Selectable, Identifiable, Maintained)]
        #[diesel(table_name = $table $(, $($belongs)*)?)]
        pub struct $model {
            pub id: i32,
            $($(#[$mark])* pub $field: $type,)*
        }
    )*};
}

models! {
    Nest of nests {
        #[maintained]
        crowded: bool,
    }
    Egg of eggs [belongs_to(Nest)] {
        nest_id: i32,
    }
    Flag of flags {
        revision: i32,
    }
    Pennant of pennants [belongs_to(Flag)] {
        flag_id: i32,
        #[maintained]
        copied: i32,
    }
    Ribbon of ribbons [belongs_to(Pennant)] {
        pennant_id: i32,
        #[maintained]
        copied: i32,
    }
    Club of clubs {
        revision: i32,
        #[maintained]
        size: i64,
    }
    Member of members [belongs_to(Club)] {
        club_id: i32,
        #[maintained]
        copied: i32,
    }
    Region of regions {
        #[maintained]
        people: i64,
    }
    City of cities [belongs_to(Region)] {
        region_id: i32,
    }
    House of houses [belongs_to(City)] {
        city_id: i32,
        people: i32,
    }
    Song of songs {
        revision: i32,
    }
    Verse of verses [belongs_to(Song)] {
        song_id: i32,
        words: i32,
    }
    Playlist of playlists {
        #[maintained]
        revisions: i64,
        #[maintained]
        words: i64,
    }
    Entry of entries [belongs_to(Playlist), belongs_to(Song)] {
        playlist_id: i32,
        song_id: i32,
    }
    Note of notes [belongs_to(Desk)] {
        desk_id: i32,
        revision: i32,
    }
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = desks)]
#[maintained(belongs_to(Note, foreign_key = newest_id))]
pub struct Desk {
    pub id: i32,
    #[maintained]
    pub newest_id: Option<i32>,
    #[maintained]
    pub newest_revision: Option<i32>,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = topics)]
#[maintained(belongs_to(Topic, foreign_key = parent_id))]
pub struct Topic {
    pub id: i32,
    pub parent_id: Option<i32>,
    pub revision: i32,
    #[maintained]
    pub path: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = teams)]
#[maintained(belongs_to(Team, foreign_key = parent_id))]
pub struct Team {
    pub id: i32,
    pub parent_id: Option<i32>,
    #[maintained]
    pub size: i64,
}

macro_rules! views {
    ($($view:ident of $model:ident in $table:ident { $field:ident: $type:ty })*) => {$(
        #[derive(Debug, Queryable, Selectable, View)]
        #[diesel(table_name = $table)]
        #[maintained(view_of = $model)]
        #[allow(dead_code, reason = "of some only the number of rows is read")]
        pub struct $view {
            $field: $type,
        }
    )*};
}

views! {
    EggId of Egg in eggs { id: i32 }
    FlagRevision of Flag in flags { revision: i32 }
    PennantId of Pennant in pennants { id: i32 }
    ClubRevision of Club in clubs { revision: i32 }
    MemberId of Member in members { id: i32 }
    CityId of City in cities { id: i32 }
    HousePeople of House in houses { people: i32 }
    SongRevision of Song in songs { revision: i32 }
    SongId of Song in songs { id: i32 }
    VerseWords of Verse in verses { words: i32 }
    EntryId of Entry in entries { id: i32 }
    NoteId of Note in notes { id: i32 }
    NoteRevision of Note in notes { revision: i32 }
    TopicPath of Topic in topics { path: String }
    TeamSize of Team in teams { size: i64 }
}

#[maintained::setters]
impl Nest {
    #[setter]
    fn crowded(eggs: &[EggId]) -> bool {
        eggs.len() >= 2
    }
}

#[maintained::setters]
impl Pennant {
    #[setter]
    fn copied(flag: &FlagRevision) -> i32 {
        flag.revision
    }
}

#[maintained::setters]
impl Ribbon {
    #[setter]
    fn copied((_, flag): (&PennantId, &FlagRevision)) -> i32 {
        flag.revision
    }
}

#[maintained::setters]
impl Club {
    #[setter]
    fn size(members: &[MemberId]) -> i64 {
        members.iter().map(|_| 1).sum()
    }
}

#[maintained::setters]
impl Member {
    #[setter]
    fn copied(club: &ClubRevision) -> i32 {
        club.revision
    }
}

#[maintained::setters]
impl Region {
    #[setter]
    fn people(cities: &[(&CityId, &[HousePeople])]) -> i64 {
        let houses = cities.iter().flat_map(|(_, houses)| *houses);
        houses.map(|house| i64::from(house.people)).sum()
    }
}

#[maintained::setters]
impl Playlist {
    #[setter]
    fn revisions(entries: &[(&EntryId, &SongRevision)]) -> i64 {
        entries
            .iter()
            .map(|(_, song)| i64::from(song.revision))
            .sum()
    }

    #[setter]
    fn words(entries: &[(&EntryId, (&SongId, &[VerseWords]))]) -> i64 {
        let verses = entries.iter().flat_map(|(_, (_, verses))| *verses);
        verses.map(|verse| i64::from(verse.words)).sum()
    }
}

#[maintained::setters]
impl Desk {
    #[setter]
    fn newest_id(notes: &[NoteId]) -> Option<i32> {
        notes.last().map(|note| note.id)
    }

    #[setter]
    fn newest_revision(#[via(desks::newest_id)] newest: Option<&NoteRevision>) -> Option<i32> {
        newest.map(|note| note.revision)
    }
}

#[maintained::setters]
impl Topic {
    #[setter]
    fn path(&self, parent: Option<&TopicPath>) -> String {
        let above = parent.map_or("", |parent| parent.path.as_str());
        format!("{above}{}/", self.revision)
    }
}

#[maintained::setters]
impl Team {
    #[setter]
    fn size(children: &[TeamSize]) -> i64 {
        1 + children.iter().map(|child| child.size).sum::<i64>()
    }
}
