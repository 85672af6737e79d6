//! What hurts in `TraceBase`: each defect is a test that this library passes.

use diesel::prelude::*;
use maintained::prelude::*;

use crate::study::models::{
    Animal, Compound, Element, Infusate, InfusateTracer, Sample, Tissue, Tracer, TracerLabel,
};
use crate::study::schema::{
    animals, compounds, infusate_tracers, infusates, samples, tissues, tracer_labels, tracers,
};

use super::lab::{self, infused, label, tracer};
use super::modes::{assert_right, lab};
use super::seen::{combos, last_serum, names, texts};
use super::values::{INFUSATES, TRACERS};
use super::{Conn, Outcome};

#[test]
fn a_flush_does_not_write_back_what_a_copy_holds() {
    let (_place, mut conn, lab) = lab();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let copy = Infusate::find(conn, lab.ti)?.unwrap();
        infused(conn, lab.ti, lab.other_palmitate_tracer, 5.0)?;
        Infusate::update(conn, lab.ti, infusates::tracer_group_name.eq("new"))?;
        assert_eq!(copy.tracer_group_name.as_deref(), Some("ti"));
        Ok(())
    })
    .unwrap();
    let ti = Infusate::find(&mut conn, lab.ti).unwrap().unwrap();
    assert_eq!(ti.tracer_group_name.as_deref(), Some("new"));
    assert!(ti.name.unwrap().starts_with("new {C16:0-[4,5,6-"));
    assert_right(&mut conn);
}

#[test]
fn a_save_does_not_write_back_a_maintained_field_that_a_copy_holds() {
    let (_place, mut conn, lab) = lab();
    let mut copy = Infusate::find(&mut conn, lab.ti).unwrap().unwrap();
    Compound::update(&mut conn, lab.glucose, compounds::name.eq("sugar")).unwrap();
    assert_eq!(copy.name.as_deref(), Some(INFUSATES[0]));
    copy.name = Some("made up".to_owned());
    copy.tracer_group_name = Some("new".to_owned());
    copy.save(&mut conn).unwrap();
    let name = "new {C16:0-[5,6-13C2,17O2][2];sugar-[2,3-13C2,4-17O1][1]}";
    assert_eq!(copy.name.as_deref(), Some(name));
    assert_right(&mut conn);
}

#[test]
fn the_old_parents_of_a_moved_row_are_brought_up_to_date() {
    let (_place, mut conn, lab) = lab();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let mut sample = Sample::find(conn, lab.ada.second.sample)?.unwrap();
        sample.animal_id = lab.bob.animal;
        sample.save(conn)?;
        let mut label = TracerLabel::find(conn, lab.glucose_carbon)?.unwrap();
        label.tracer_id = lab.palmitate_tracer;
        label.save(conn)
    })
    .unwrap();
    assert_eq!(
        last_serum(&mut conn, lab.ada.animal).as_deref(),
        Some("ada-1")
    );
    assert_eq!(names(&mut conn).0[0], "glucose-[4-17O1]");
    assert_right(&mut conn);
}

#[test]
fn a_row_that_moves_twice_in_a_scope_leaves_all_its_parents_right() {
    let (_place, mut conn, lab) = lab();
    conn.buffer_autoupdates(|conn| -> Outcome {
        for animal in [lab.bob.animal, lab.control] {
            let changes = samples::animal_id.eq(animal);
            Sample::update(conn, lab.ada.second.sample, changes)?;
        }
        Ok(())
    })
    .unwrap();
    let last = [lab.ada.animal, lab.bob.animal, lab.control];
    let last = last.map(|animal| last_serum(&mut conn, animal).unwrap());
    assert_eq!(last, ["ada-1", "bob-2", "ada-2"]);
    assert_right(&mut conn);
}

#[test]
fn links_that_come_and_go_inside_a_buffered_scope_count() {
    let (_place, mut conn, lab) = lab();
    conn.buffer_autoupdates(|conn| -> Outcome {
        infused(conn, lab.ti, lab.other_palmitate_tracer, 5.0)?;
        let gone = infusate_tracers::table
            .filter(infusate_tracers::infusate_id.eq(lab.plain))
            .filter(infusate_tracers::tracer_id.eq(lab.glucose_tracer))
            .select(InfusateTracer::as_select())
            .first(conn)?;
        gone.delete(conn)
    })
    .unwrap();
    let expected = texts(&[
        "ti {C16:0-[4,5,6-13C2,17O2][5];C16:0-[5,6-13C2,17O2][2];glucose-[2,3-13C2,4-17O1][1]}",
        "C16:0-[4,5,6-13C2,17O2][4]",
    ]);
    assert_eq!(names(&mut conn).1, expected);
    assert_right(&mut conn);
}

#[test]
fn a_rolled_back_savepoint_leaves_no_ghosts() {
    let (_place, mut conn, lab) = lab();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Tissue::update(conn, lab.liver, tissues::name.eq("a liver"))?;
        let before = conn.pending()?;
        let failed: Outcome = conn.transaction(|conn| {
            let ghost = tracer(conn, lab.glucose)?;
            label(conn, ghost, Element::C, 1, &[1], 13)?;
            infused(conn, lab.ti, ghost, 9.0)?;
            Compound::update(conn, lab.palmitate, compounds::name.eq("ghost"))?;
            Err(maintained::Error::other("a bad row"))
        });
        assert!(failed.is_err());
        assert_eq!(conn.pending()?, before);
        Ok(())
    })
    .unwrap();
    let report = conn.last_flush().unwrap();
    for model in ["Tracer", "TracerLabel", "Infusate"] {
        assert_eq!(report.model(model).computed, 0, "{model}");
    }
    let expected = (texts(&TRACERS), texts(&INFUSATES));
    assert_eq!(names(&mut conn), expected);
    assert_right(&mut conn);
}

#[test]
fn labels_choose_setters_through_all_that_they_wake() {
    let (_place, mut conn, lab) = lab();
    Scope::buffered()
        .only(["names"])
        .run(&mut conn, |conn| {
            TracerLabel::delete_many(conn, &[lab.glucose_carbon])
        })
        .unwrap();
    let expected = texts(&[
        "ti {C16:0-[5,6-13C2,17O2][2];glucose-[4-17O1][1]}",
        "C16:0-[4,5,6-13C2,17O2][4];glucose-[4-17O1][3]",
    ]);
    assert_eq!(names(&mut conn).1, expected);
    assert_eq!(combos(&mut conn)[0], texts(&["C+O", "C+O", "C+O"]));
    assert_eq!(combos(&mut conn)[2], texts(&["-", "C+O", "C+O"]));

    // What the label left out is a debt, which this pays.
    Tracer::touch(&mut conn, &[lab.glucose_tracer]).unwrap();
    assert_eq!(combos(&mut conn)[2], texts(&["-", "C+O, O", "C+O, O"]));
    assert_right(&mut conn);
}

#[test]
fn excepted_labels_are_left_out_in_scopes_inside_one_another() {
    let (_place, mut conn, lab) = lab();
    Scope::buffered()
        .except(["serum"])
        .run(&mut conn, |conn| {
            Scope::buffered().except(["fcircs"]).run(conn, |conn| {
                Tissue::update(conn, lab.serum, tissues::name.eq("plasma"))?;
                Compound::update(conn, lab.glucose, compounds::name.eq("sugar"))
            })
        })
        .unwrap();
    assert_eq!(
        last_serum(&mut conn, lab.ada.animal).as_deref(),
        Some("ada-2")
    );
    assert_eq!(names(&mut conn).0[0], "sugar-[2,3-13C2,4-17O1]");
    Tissue::touch(&mut conn, &[lab.serum]).unwrap();
    assert_eq!(last_serum(&mut conn, lab.ada.animal), None);
    assert_right(&mut conn);
}

#[test]
fn names_can_be_read_inside_a_load() {
    let (_place, mut conn, lab) = lab();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let new = tracer(conn, lab.glucose)?;
        label(conn, new, Element::C, 6, &[], 13)?;
        let mixed = lab::infusate(conn, Some("mixed"))?;
        infused(conn, mixed, new, 7.0)?;
        assert_eq!(Infusate::find(conn, mixed)?.unwrap().name, None);
        let fresh = Infusate::fresh(conn, mixed)?.unwrap();
        assert_eq!(fresh.name.as_deref(), Some("mixed {glucose-[13C6][7]}"));

        // An animal finds its infusate by the name that a sheet has, and the tracer of its name is right as well.
        let by_name = infusates::table
            .filter(infusates::name.eq("mixed {glucose-[13C6][7]}"))
            .select(infusates::id);
        let found: i32 = by_name.first(conn)?;
        Animal::update(conn, lab.control, animals::infusate_id.eq(found))?;
        let tracer = tracers::table.find(new).select(tracers::name);
        assert_eq!(
            tracer.first::<Option<String>>(conn)?.as_deref(),
            Some("glucose-[13C6]")
        );
        Ok(())
    })
    .unwrap();
    assert_eq!(combos(&mut conn)[2], texts(&["C", "C+O", "C+O"]));
    assert_right(&mut conn);
}

#[test]
fn reading_inside_a_load_works_off_no_more_than_that_needs() {
    let (_place, mut conn, lab) = lab();
    let mut by_then = 0;
    conn.buffer_autoupdates(|conn| -> Outcome {
        Compound::update(conn, lab.glucose, compounds::name.eq("sugar"))?;
        Tissue::update(conn, lab.serum, tissues::name.eq("plasma"))?;
        Infusate::fresh(conn, lab.ti)?;
        let report = conn.last_flush().unwrap();
        by_then = report.model("Infusate").computed;
        assert_eq!(report.model("Infusate").changed, 2);
        assert_eq!(report.model("Sample").computed, 0);
        assert!(!conn.pending()?.is_empty());
        Ok(())
    })
    .unwrap();
    let all = conn.last_flush().unwrap();
    assert_eq!(
        all.model("Infusate").computed,
        by_then,
        "none is left for the end"
    );
    assert_right(&mut conn);
}

#[test]
fn loaders_inside_one_scope_are_flushed_once_at_its_end() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let (_place, mut conn, lab) = lab();
    let flushes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&flushes);
    Scope::buffered()
        .after_flush(move |_: &mut Conn, _| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .run(&mut conn, |conn| -> Outcome {
            conn.buffer_autoupdates(|conn| {
                Tissue::update(conn, lab.serum, tissues::name.eq("plasma"))
            })?;
            conn.buffer_autoupdates(|conn| {
                let changes = samples::time_collected.eq(Some(5));
                Sample::update(conn, lab.ada.second.sample, changes)
            })?;
            assert_eq!(last_serum(conn, lab.ada.animal).as_deref(), Some("ada-2"));
            Ok(())
        })
        .unwrap();
    assert_eq!(flushes.load(Ordering::Relaxed), 1);
    // The animal is computed once, though both loaders concern it.
    assert_eq!(conn.last_flush().unwrap().model("Animal").computed, 2);
    assert_eq!(last_serum(&mut conn, lab.ada.animal), None);
    assert_right(&mut conn);
}

#[test]
fn a_disabled_load_leaves_the_fields_as_they_are() {
    let (_place, mut conn, lab) = lab();
    conn.disable_autoupdates(|conn| -> Outcome {
        Compound::update(conn, lab.glucose, compounds::name.eq("sugar"))?;
        conn.buffer_autoupdates(|conn| TracerLabel::delete_many(conn, &[lab.glucose_carbon]))
    })
    .unwrap();
    let expected = (texts(&TRACERS), texts(&INFUSATES));
    assert_eq!(names(&mut conn), expected);
    assert!(conn.pending().unwrap().is_empty());
    Tracer::touch(&mut conn, &[lab.glucose_tracer]).unwrap();
    assert_eq!(names(&mut conn).0[0], "sugar-[4-17O1]");
    assert_right(&mut conn);
}

#[test]
fn any_statement_in_a_bracket_is_seen() {
    let (_place, mut conn, lab) = lab();
    let of_tracer = || tracer_labels::tracer_id.eq(lab.glucose_tracer);
    TracerLabel::track(&mut conn, of_tracer(), |conn| {
        diesel::update(tracer_labels::table.filter(of_tracer()))
            .set(tracer_labels::count.eq(tracer_labels::count + 4))
            .execute(conn)
    })
    .unwrap();
    assert_eq!(names(&mut conn).0[0], "glucose-[2,3-13C6,4-17O5]");
    assert_right(&mut conn);
}
